using System.Text.Json;
using JamEmr.Ledger;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Bench.Crash.Check;

/// <summary>What a record says, as far as the proof needs it.</summary>
internal sealed record LogRecord(
    Guid Id,
    string Event,
    string Action,
    string Outcome,
    string EntityId,
    string CorrelationId,
    string? ContentHash,
    IReadOnlyDictionary<string, string>? Detail)
{
    /// <summary>Not refused, not failed.</summary>
    public bool IsDone => Outcome is "success";

    /// <summary>Tells of a change of state, rather than of a read or of an attempt.</summary>
    public bool IsChange => IsDone && Action is "create" or "update" or "delete";
}

/// <summary>All records of all logs.</summary>
internal sealed record Logs(IReadOnlyList<LogRecord> Records, int Heads);

/// <summary>Reads the ledger of a server, believing nothing it says about itself. Nothing may be appended meanwhile.</summary>
internal static class LogReader
{
    private const int Chunk = 1024;

    public static async Task<Logs> ReadAsync(ILedgerStore store, IReadOnlyList<Acknowledged> acknowledged, Findings findings, CancellationToken ct)
    {
        if (await store.CheckAsync(ct) is { } damage) findings.Add($"The ledger is damaged: {damage}");
        var records = new List<LogRecord>();
        var heads = 0;
        foreach (var log in await store.LogsAsync(ct))
        {
            var report = await LedgerAudit.VerifyAsync(store, log, columnsOf: null, ct);
            if (!report.IsSound) findings.Add($"Log {log} is not sound: {report.First}");
            var head = await store.HeadAsync(log, ct);
            await ReadLogAsync(store, log, head, records, findings, ct);
            if (log is not "system") heads += await ProveHeadsAsync(store, log, head, acknowledged, findings, ct);
        }

        foreach (var repeated in records.GroupBy(record => record.Id).Where(group => group.Skip(1).Any()))
            findings.Add($"Record {repeated.Key} is on the log {repeated.Count()} times.");
        return new Logs(records, heads);
    }

    private static async Task ReadLogAsync(ILedgerStore store, string log, TreeHead head, List<LogRecord> records, Findings findings, CancellationToken ct)
    {
        var next = 0L;
        while (next < head.Size)
        {
            foreach (var leaf in await store.ReadAsync(log, next, Chunk, ct))
            {
                if (leaf.Index != next++ || leaf.Bytes is not { } bytes) findings.Add($"Log {log} has a gap at {next - 1}.");
                else records.Add(JsonSerializer.Deserialize<LogRecord>(bytes.Span, Acknowledged.Json)!);
            }
        }
    }

    // Every head that was ever seen must be the beginning of the last: so nothing seen was taken back, in no crash and at no start.
    private static async Task<int> ProveHeadsAsync(
        ILedgerStore store, string log, TreeHead last, IReadOnlyList<Acknowledged> acknowledged, Findings findings, CancellationToken ct)
    {
        var seen = acknowledged.Select(a => a.Head).OfType<LogHead>().Where(head => head.Size > 0).Distinct().ToList();
        foreach (var head in seen)
        {
            if (head.Size > last.Size) findings.Add($"Log {log} had {head.Size} records and has {last.Size}.");
            else if (!(await store.ConsistencyProofAsync(log, head.Size, last.Size, ct)).Verify(Digest.Parse(head.Root), last.Root))
                findings.Add($"Log {log} forked: the head of {head.Size} records is not the beginning of the last.");
        }

        return seen.Count;
    }
}
