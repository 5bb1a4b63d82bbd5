using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

/// <summary>A batch on its way to the writer, hashed already on the caller's thread.</summary>
internal sealed class AppendRequest : IWriteRequest
{
    private const int MaxLogName = 128;

    public AppendRequest(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
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
        foreach (var (_, name, of) in Columns.Terms) CheckLength(name, of(record.Columns));
        CheckLength("correlation", record.Columns.CorrelationId);
    }

    private static void CheckLength(string name, string? text)
    {
        if (text?.Length > LedgerColumns.MaxLength)
            throw new ArgumentException($"Column {name} has at most {LedgerColumns.MaxLength} characters, not {text.Length}.", name);
    }
}
