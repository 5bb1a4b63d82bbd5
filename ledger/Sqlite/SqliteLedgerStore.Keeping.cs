using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

public sealed partial class SqliteLedgerStore
{
    private readonly Lock _probing = new();
    private Task _probe = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task SaveCheckpointAsync(string log, StoredCheckpoint checkpoint, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        Checkpoints.Check(checkpoint);
        await WriteAsync(log, database => Checkpoints.Save(database, log, checkpoint), ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(string log, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        return _readers.RunAsync(log, connection => Checkpoints.Read(connection.Database, log), ct);
    }

    /// <inheritdoc/>
    public async Task PlaceHoldAsync(string log, LegalHold hold, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        Holds.Check(hold);
        await WriteAsync(log, database => Holds.Place(database, log, hold), ct);
    }

    /// <inheritdoc/>
    public Task<bool> LiftHoldAsync(string log, Guid hold, DateTimeOffset at, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        return Writer().RunAsync(log, database => Holds.Lift(database, log, hold, at), ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LegalHold>> HoldsAsync(string log, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        return _readers.RunAsync(log, connection => Holds.Read(connection.Database, log), ct);
    }

    /// <inheritdoc/>
    /// <remarks>Whoever asks while an answer is under way waits for the same one, so that a disk that hangs gathers no queue. How long it may take
    /// is for whoever asks to say: a start has more time than a service that people wait for.</remarks>
    public async Task ProbeAsync(CancellationToken ct)
    {
        var writer = Writer();
        Task probe;
        lock (_probing)
        {
            if (_probe.IsCompleted) _probe = WriteAsync(writer, "*", database => Probe.Write(database, _folder), CancellationToken.None);
            probe = _probe;
        }

        await probe.WaitAsync(ct);
    }

    /// <inheritdoc/>
    /// <remarks>Whether the records go is decided in one transaction, which also looks for holds; from then on they are gone for whoever
    /// reads. Their bytes are removed afterwards, an epoch at a time, so that appends go on in between; if that is cut off, the next
    /// release goes on with it. The file does not shrink: what is free in it is used again.</remarks>
    public async Task<long> ReleaseAsync(string log, long upTo, Digest root, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        var writer = Writer();
        var archived = await writer.RunAsync(log, database => Release.Decide(database, log, upTo, root), ct);
        while (await writer.RunAsync(log, database => Release.RemoveEpoch(database, log), CancellationToken.None))
        {
        }

        return archived;
    }

    private Task<bool> WriteAsync(string log, Action<Database> write, CancellationToken ct) => WriteAsync(Writer(), log, write, ct);

    private static Task<bool> WriteAsync(LedgerWriter writer, string log, Action<Database> write, CancellationToken ct) =>
        writer.RunAsync(log, database =>
        {
            write(database);
            return true;
        }, ct);
}
