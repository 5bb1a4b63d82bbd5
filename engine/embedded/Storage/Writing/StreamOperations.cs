using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>Appends events to a stream. They are sealed on the writer's thread, because only there their numbers are known.</summary>
internal sealed class AppendEvents(
    StreamId stream, IReadOnlyList<GrainId> subscribers, IReadOnlyList<ReadOnlyMemory<byte>> payloads, XAes256Gcm key) : WriteOperation<long>
{
    public override string Kind => "append-events";

    public override int Weight { get; } = payloads.Sum(p => p.Length + SealedRow.Overhead);

    protected override long Execute(WriterSession session) => session.Streams.Append(stream, subscribers, payloads, key);
}

/// <summary>Moves a cursor. Losing it to a crash means delivering again, which subscribers are used to, so it can wait for company.</summary>
internal sealed class Acknowledge(StreamId stream, GrainId subscriber, long upTo) : WriteOperation<bool>
{
    public override string Kind => "acknowledge";

    public override bool CanWait => true;

    protected override bool Execute(WriterSession session) => session.Streams.Acknowledge(stream, subscriber, upTo);
}
