using System.Globalization;
using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Ledger;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary>Compares what a ledger says of archives and holds, which no hash covers, with what was recorded of them on the log itself.</summary>
internal static class KeepingAudit
{
    /// <summary>The first thing that is wrong, or null. A hold that stands without its record is none: it keeps too much, not too little.</summary>
    public static async Task<Finding?> CheckAsync(ILedgerStore store, string log, VerificationReport report, CancellationToken ct) =>
        await CheckArchivesAsync(store, log, report, ct) ?? await CheckHoldsAsync(store, log, ct);

    /// <summary>Whether a hold was recorded as placed, not as lifted, and does not stand.</summary>
    public static async Task<Finding?> CheckHoldsAsync(ILedgerStore store, string log, CancellationToken ct)
    {
        var holds = await store.HoldsAsync(log, ct);
        var standing = holds.Where(hold => hold.Lifted is null).Select(hold => hold.Id.ToString("D")).ToHashSet(StringComparer.Ordinal);
        var lifted = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (_, record) in RecordsAsync(store, log, AuditEvents.AuditHoldLifted, ct)) lifted.Add(record.EntityId);
        await foreach (var (index, record) in RecordsAsync(store, log, AuditEvents.AuditHoldPlaced, ct))
        {
            if (!lifted.Contains(record.EntityId) && !standing.Contains(record.EntityId))
                return new Finding(FindingKind.RecordMissing, index, $"Record {index} places a legal hold, no record lifts it, and it does not stand.");
        }

        return null;
    }

    // Records go to an archive only once it was recorded: up to where, and the root of all that lies there.
    private static async Task<Finding?> CheckArchivesAsync(ILedgerStore store, string log, VerificationReport report, CancellationToken ct)
    {
        if (report.Archived == 0) return null;
        await foreach (var (_, record) in RecordsAsync(store, log, AuditEvents.AuditArchived, ct))
        {
            if (!long.TryParse(record.Detail.GetValueOrDefault("upTo"), NumberStyles.None, CultureInfo.InvariantCulture, out var upTo)) continue;
            if (upTo < report.Archived || upTo > report.Head!.Size) continue;
            var root = upTo == report.Head.Size ? report.Head.Root : (await store.ConsistencyProofAsync(log, upTo, report.Head.Size, ct)).Root1;
            if (string.Equals(record.ContentHash, root.ToString(), StringComparison.Ordinal)) return null;
        }

        return new Finding(
            FindingKind.RecordMissing, 0, $"The records below {report.Archived} are not here, and no record of the log says that they went to an archive.");
    }

    private static async IAsyncEnumerable<(long Index, AuditRecord Record)> RecordsAsync(
        ILedgerStore store, string log, AuditEvent what, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            var page = await store.QueryAsync(log, new LedgerQuery { EventCode = what.Code, Limit = LedgerQuery.MaxLimit, Cursor = cursor }, ct);
            foreach (var entry in page.Entries)
            {
                if (Read(entry) is { Outcome: AuditOutcome.Success } record) yield return (entry.Index, record);
            }

            cursor = page.Next;
        }
        while (cursor is not null);
    }

    // What is no record of ours says nothing; that it is none was found before.
    private static AuditRecord? Read(LedgerEntry entry)
    {
        try
        {
            return AuditRecordJson.FromBytes(entry.Bytes.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
