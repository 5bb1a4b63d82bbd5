using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger;

/// <summary>A batch on its way to a store's writer, checked and hashed already on the caller's thread.</summary>
internal class PendingAppend
{
    private const int MaxLogName = 128;

    /// <exception cref="ArgumentException">The log's name or a record is out of bounds.</exception>
    public PendingAppend(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
    {
        CheckLog(log);
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var record in batch) Check(record);
        Log = log;
        Records = batch;
        LeafHashes = [.. batch.Select(record => MerkleTree.LeafHash(record.Bytes.Span))];
        Results = new Appended[batch.Count];
        Cancelled = ct;
    }

    public string Log { get; }

    public IReadOnlyList<LedgerRecord> Records { get; }

    public Digest[] LeafHashes { get; }

    public Appended[] Results { get; }

    public CancellationToken Cancelled { get; }

    /// <summary>Completes when the records are on disk. Its continuations never run on the writer's thread.</summary>
    public TaskCompletionSource<IReadOnlyList<Appended>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Cancel() => Done.TrySetCanceled(Cancelled);

    public void Fail(Exception failure) => Done.TrySetException(failure);

    /// <exception cref="ArgumentException">Not the name of a log.</exception>
    public static void CheckLog(string log)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(log);
        if (log.Length > MaxLogName) throw new ArgumentException($"A log's name has at most {MaxLogName} characters.", nameof(log));
    }

    private static void Check(LedgerRecord record)
    {
        if (record.Bytes.Length is 0 or > LedgerRecord.MaxBytes)
            throw new ArgumentException($"A record has 1 to {LedgerRecord.MaxBytes} bytes, not {record.Bytes.Length}.", nameof(record));
        ArgumentException.ThrowIfNullOrEmpty(record.Columns.EventCode);
        var columns = record.Columns;
        ReadOnlySpan<(string Name, string? Text)> texts =
        [
            ("event", columns.EventCode), ("category", columns.Category), ("action", columns.Action), ("outcome", columns.Outcome),
            ("actor", columns.ActorId), ("actor_kind", columns.ActorKind), ("patient", columns.PatientId), ("entity_type", columns.EntityType),
            ("entity", columns.EntityId), ("correlation", columns.CorrelationId), ("address", columns.Address),
        ];
        foreach (var (name, text) in texts)
        {
            if (text?.Length > LedgerColumns.MaxLength)
                throw new ArgumentException($"Column {name} has at most {LedgerColumns.MaxLength} characters, not {text.Length}.", nameof(record));
        }
    }
}
