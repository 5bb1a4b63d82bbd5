namespace JamEmr.Engine.Clustering.Streams;

/// <summary>What was published at once, with the publisher's request context: the content of one sealed row.</summary>
[GenerateSerializer, Alias("jamemr.engine.stream-envelope")]
internal sealed class StreamEnvelope
{
    /// <summary>The events, in order.</summary>
    [Id(0)]
    public List<object> Events { get; init; } = [];

    /// <summary>The request context of the publisher.</summary>
    [Id(1)]
    public Dictionary<string, object>? Context { get; init; }
}

/// <summary>The one event that the provider beneath sees of each row.</summary>
[GenerateSerializer, Alias("jamemr.engine.sealed-envelope"), Immutable]
internal sealed class SealedEnvelope
{
    /// <summary>A sealed <see cref="StreamEnvelope"/>.</summary>
    [Id(0)]
    public byte[] Bytes { get; init; } = [];
}
