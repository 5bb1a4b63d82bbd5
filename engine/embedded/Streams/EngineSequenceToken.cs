namespace JamEmr.Engine.Streams;

/// <summary>An event's place: its number in the stream. Every event has a number of its own, so there is no index within a batch.</summary>
internal sealed class EngineSequenceToken(long sequence) : StreamSequenceToken
{
    /// <inheritdoc/>
    public override long SequenceNumber { get; protected set; } = sequence;

    /// <inheritdoc/>
    public override int EventIndex { get; protected set; }

    /// <inheritdoc/>
    public override bool Equals(StreamSequenceToken? other) =>
        other is not null && other.SequenceNumber == SequenceNumber && other.EventIndex == EventIndex;

    /// <inheritdoc/>
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        var order = SequenceNumber.CompareTo(other.SequenceNumber);
        return order != 0 ? order : EventIndex.CompareTo(other.EventIndex);
    }
}
