using System.Collections.Immutable;
using JamEmr.Common;
using JamEmr.Ledger;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Audit;

/// <content>The log itself: its head, and proofs.</content>
public sealed partial class AuditTrailGrain
{
    private const int MaxHolds = 1000;
    private const int MaxPlaces = 2000;

    /// <inheritdoc/>
    public async Task<AuditLogFacts> DescribeAsync()
    {
        await RecordAndAwaitAsync(Question("log"));
        return await ReadAsync(async () =>
        {
            var head = await ledger.HeadAsync(Log, CancellationToken.None);
            var checkpoints = (await ledger.CheckpointsAsync(Log, CancellationToken.None))
                .Select(c => new AuditCheckpoint(c.Size, c.Time, c.Witness, c.Note)).ToList();
            var holds = await ledger.HoldsAsync(Log, CancellationToken.None);
            return new AuditLogFacts(
                head.Size,
                head.Root.ToString(),
                await FirstIndexAsync() ?? head.Size,
                checkpoints.LastOrDefault(c => c.Witness is null),
                [.. checkpoints.Where(c => c.Witness is not null).GroupBy(c => c.Witness, StringComparer.Ordinal).Select(w => w.Last()).OrderBy(c => c.Witness, StringComparer.Ordinal)],
                [.. holds.Skip(Math.Max(0, holds.Count - MaxHolds)).Select(h => new AuditHold(h.Id, h.Placed, h.Reason, h.Lifted))]);
        });
    }

    /// <inheritdoc/>
    public async Task<AuditInclusionProof> ProveInclusionAsync(long index, long? size)
    {
        await DecideAsync(AuditEvents.AuditRead, null, () =>
            index < 0 ? throw Check.Invalid("/index", "An index is 0 or more.")
            : size is { } given && given <= index ? throw Check.Invalid("/size", "A log of this size has no record with this index.")
            : true);
        await RecordAndAwaitAsync(Question("inclusion", ("index", Text(index))));
        return await ProveAsync("/index", async () => Shown(await ledger.InclusionProofAsync(Log, index, size, CancellationToken.None)));
    }

    /// <inheritdoc/>
    public async Task<AuditConsistencyProof> ProveConsistencyAsync(long from, long to)
    {
        await DecideAsync(AuditEvents.AuditRead, null, () =>
            from < 1 ? throw Check.Invalid("/from", "The earlier size is 1 or more.")
            : to < from ? throw Check.Invalid("/to", "The later size is not below the earlier one.")
            : true);
        await RecordAndAwaitAsync(Question("consistency", ("sizes", $"{Text(from)} {Text(to)}")));
        return await ProveAsync("/to", async () =>
        {
            var proof = await ledger.ConsistencyProofAsync(Log, from, to, CancellationToken.None);
            return new AuditConsistencyProof(proof.Size1, proof.Size2, proof.Root1.ToString(), proof.Root2.ToString(), Hex(proof.Path));
        });
    }

    /// <inheritdoc/>
    public async Task<AuditPlaces> PlacesAsync(ImmutableArray<Guid> records, Guid after, bool proofs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Length, MaxPlaces);
        await AwaitAsync(after);
        return await ReadAsync(async () =>
        {
            var head = await ledger.HeadAsync(Log, CancellationToken.None);
            return new AuditPlaces(
                [.. await Task.WhenAll(records.Select(record => PlaceAsync(record, head.Size, proofs)))], head.Size, head.Root.ToString());
        });
    }

    private async Task<AuditPlace?> PlaceAsync(Guid record, long size, bool proofs)
    {
        if (await ledger.FindAsync(Log, record, CancellationToken.None) is not { } entry) return null;
        return new AuditPlace(
            entry.Index, proofs ? Shown(await ledger.InclusionProofAsync(Log, entry.Index, size, CancellationToken.None)) : null);
    }

    // What lies below the first record that is still here was archived. To count would mean to read everything.
    private async Task<long?> FirstIndexAsync() =>
        (await ledger.QueryAsync(Log, new LedgerQuery { OldestFirst = true, Limit = 1 }, CancellationToken.None)).Entries is [var first] ? first.Index : null;

    private Task<T> ProveAsync<T>(string pointer, Func<Task<T>> prove) => ReadAsync(async () =>
    {
        try
        {
            return await prove();
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Check.Invalid(pointer, "The log is not that long, or this part of it lies in an archive, which holds its proofs.");
        }
    });

    private AuditRecord Question(string question, params ReadOnlySpan<(string Key, string Value)> detail) =>
        gate.Record(AuditEvents.AuditRead, Entity, detail: [("question", question), ("conditions", ""), .. detail]);

    private static AuditInclusionProof Shown(InclusionProof proof) =>
        new(proof.Index, proof.TreeSize, proof.LeafHash.ToString(), proof.Root.ToString(), Hex(proof.Path));

    private static ImmutableArray<string> Hex(IReadOnlyList<Digest> path) => [.. path.Select(hash => hash.ToString())];
}
