namespace JamEmr.Tests.Engine.Hosting;

/// <summary>
/// The instruments that an engine publishes through <see cref="System.Diagnostics.Metrics"/>. The measures are common to
/// the engines, the names are each engine's own; null says that an engine has no such instrument.
/// </summary>
/// <param name="Calls">Requests served.</param>
/// <param name="Latency">Time from the call to its answer.</param>
/// <param name="Activations">Activations alive or created.</param>
/// <param name="QueueLength">Requests waiting for a turn.</param>
/// <param name="StorageLatency">Time of a durable write.</param>
/// <param name="StreamLag">Events or time that subscribers are behind.</param>
/// <param name="ReminderLateness">Time from when a reminder was due to when it ran.</param>
public sealed record EngineMetrics(
    string Calls,
    string? Latency,
    string Activations,
    string? QueueLength,
    string? StorageLatency,
    string? StreamLag,
    string? ReminderLateness);
