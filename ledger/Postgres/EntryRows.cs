using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>A row of <c>ledger_entry</c>, its texts still numbers.</summary>
internal sealed record EntryRow(long Index, long Time, Guid RecordId, byte[] Hash, byte[] Body, int?[] Terms);

/// <summary>Reads rows of <c>ledger_entry</c>, within the caller's transaction.</summary>
internal sealed class EntryRows(NpgsqlConnection connection, LogRow log)
{
    private const int FirstTerm = 5;

    /// <summary>What <see cref="Read"/> understands, of an entry called e.</summary>
    public static string Select { get; } =
        "e.idx, e.time, e.record_id, e.hash, e.body, " + string.Join(", ", Terms.Columns.Select(column => "e." + column.Name));

    public static EntryRow Read(NpgsqlDataReader row)
    {
        var terms = new int?[Terms.Columns.Length];
        for (var i = 0; i < terms.Length; i++) terms[i] = row.IsDBNull(FirstTerm + i) ? null : row.GetInt32(FirstTerm + i);
        return new EntryRow(
            row.GetInt64(0), row.GetInt64(1), row.GetGuid(2), row.GetFieldValue<byte[]>(3), row.GetFieldValue<byte[]>(4), terms);
    }

    /// <summary>The entries of rows.</summary>
    /// <exception cref="LedgerDamagedException">A text is missing.</exception>
    public async Task<List<LedgerEntry>> EntriesAsync(IReadOnlyList<EntryRow> rows, CancellationToken ct)
    {
        var texts = await TextsAsync(rows.SelectMany(row => row.Terms), ct);
        return [.. rows.Select(row => new LedgerEntry(row.Index, Columns(row, texts)
            ?? throw new LedgerDamagedException(log.Name, row.Index, $"Log {log.Name} lacks a text of record {row.Index}."), row.Body))];
    }

    /// <summary>Rows of neighbouring indexes as they lie; what is missing is null.</summary>
    public async Task<IReadOnlyList<StoredLeaf>> LeavesAsync(long from, long to, CancellationToken ct)
    {
        if (from >= to) return [];
        var rows = await connection.Command(
            $"SELECT {Select} FROM ledger_entry e WHERE e.log = $1 AND e.idx >= $2 AND e.idx < $3", P(log.Id), P(Math.Max(from, log.Archived)), P(to)).RowsAsync(Read, ct);
        var texts = await TextsAsync(rows.SelectMany(row => row.Terms), ct);
        // Without the primary key, which a tamperer may have dropped, an index may come twice.
        var byIndex = rows.GroupBy(row => row.Index).ToDictionary(group => group.Key, group => group.First());
        var leaves = new List<StoredLeaf>((int)(to - from));
        for (var index = from; index < to; index++)
        {
            leaves.Add(byIndex.TryGetValue(index, out var row)
                ? new StoredLeaf(index, Columns(row, texts), row.Body, row.Hash.Length == Digest.Length ? new Digest(row.Hash) : null)
                : new StoredLeaf(index, null, null, null));
        }

        return leaves;
    }

    /// <summary>The texts of terms.</summary>
    public async Task<Dictionary<int, string>> TextsAsync(IEnumerable<int?> terms, CancellationToken ct)
    {
        var wanted = terms.OfType<int>().Distinct().ToArray();
        if (wanted.Length == 0) return [];
        var texts = await connection.Command("SELECT id, value FROM ledger_term WHERE log = $1 AND id = ANY($2)", P(log.Id), P(wanted))
            .RowsAsync(row => (Id: row.GetInt32(0), Value: row.GetFieldValue<byte[]>(1)), ct);
        return texts.GroupBy(text => text.Id).ToDictionary(group => group.Key, group => Terms.Text(group.First().Value));
    }

    private static LedgerColumns? Columns(EntryRow row, Dictionary<int, string> texts)
    {
        var terms = new string?[row.Terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            if (row.Terms[i] is not { } term) continue;
            if (!texts.TryGetValue(term, out terms[i])) return null;
        }

        return new LedgerColumns
        {
            RecordId = row.RecordId,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(row.Time),
            EventCode = terms[0] ?? "",
            Category = terms[1],
            Action = terms[2],
            Outcome = terms[3],
            ActorId = terms[4],
            ActorKind = terms[5],
            PatientId = terms[6],
            EntityType = terms[7],
            EntityId = terms[8],
            CorrelationId = terms[9],
            Address = terms[10],
        };
    }
}
