namespace JamEmr.Engine.Storage.Contents;

/// <summary>A grain's state as its grain wrote it.</summary>
/// <param name="GrainType">The grain's type, as it is stored.</param>
/// <param name="GrainKey">The grain's key.</param>
/// <param name="Name">The state's name.</param>
/// <param name="Version">Which write it is from.</param>
/// <param name="Payload">The bytes that the grain's serializer made, opened.</param>
public sealed record ContainedState(string GrainType, string GrainKey, string Name, long Version, ReadOnlyMemory<byte> Payload);

/// <summary>A reminder; times are UTC.</summary>
/// <param name="GrainType">The grain's type, as it is stored.</param>
/// <param name="GrainKey">The grain's key.</param>
/// <param name="Name">The reminder's name.</param>
/// <param name="FirstTick">The first time it was due; its schedule is this plus whole periods.</param>
/// <param name="Due">The next time it must fire.</param>
/// <param name="Period">The time between ticks.</param>
public sealed record ContainedReminder(string GrainType, string GrainKey, string Name, DateTimeOffset FirstTick, DateTimeOffset Due, TimeSpan Period);

/// <summary>An event of a stream that some subscriber has not acknowledged yet.</summary>
/// <param name="Namespace">The stream's namespace.</param>
/// <param name="StreamKey">The stream's key.</param>
/// <param name="Sequence">Its place in the stream, from 1.</param>
/// <param name="Payload">The bytes that the publisher's serializer made, opened.</param>
public sealed record ContainedEvent(string Namespace, string StreamKey, long Sequence, ReadOnlyMemory<byte> Payload);

/// <summary>A practice's data key.</summary>
/// <param name="Practice">Whose.</param>
/// <param name="Wrapped">As it lies: wrapped under the master key.</param>
public sealed record ContainedKey(string Practice, ReadOnlyMemory<byte> Wrapped);
