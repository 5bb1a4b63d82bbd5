using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>Appends to one log inside the transaction that the caller opened: one round trip that locks and looks, one that writes.</summary>
internal sealed class LogAppender(NpgsqlConnection connection, string log, IReadOnlyList<PendingAppend> requests)
{
    private const string SelectPresent =
        "SELECT record_id, idx, hash FROM ledger_entry WHERE log = (SELECT id FROM ledger_log WHERE name = $1) AND record_id = ANY($2)";

    private const string SelectTerms =
        "SELECT t.kind, t.value, t.id FROM unnest($2, $3) AS w(kind, value)"
        + " JOIN ledger_term t ON t.log = (SELECT id FROM ledger_log WHERE name = $1) AND t.kind = w.kind AND t.value = w.value";

    private const int RecordsPerSecond = 2000;

    private readonly Dictionary<Guid, (long Index, Digest Hash)> _present = [];
    private readonly Dictionary<(short Kind, string Text), int> _terms = [];
    private readonly List<(int Id, short Kind, string Text)> _newTerms = [];
    private readonly List<Tile> _tiles = [];
    private EntryArrays _rows = new(0);

    /// <param name="known">What the writer knows of the log.</param>
    /// <param name="seen">The last head that this store acknowledged, which the log must continue.</param>
    public async Task<LogState> RunAsync(LogState? known, TreeHead? seen, CancellationToken ct)
    {
        var row = await LookAsync(known?.Terms, ct);
        if (row is not null && known?.Terms.AreOf(row) == false) row = await LookAsync(null, ct);
        if (row is null)
        {
            CheckContinues(TreeHead.Empty, seen);
            await connection.ExecuteAsync(
                "INSERT INTO ledger_log(name, size, root, edge) VALUES($1, 0, $2, '') ON CONFLICT (name) DO NOTHING", ct,
                P(log), P(MerkleTree.EmptyRoot.ToArray()));
            row = await LookAsync(null, ct) ?? throw new LedgerDamagedException(log, null, $"Log {log} cannot be begun.");
        }

        var terms = known?.Terms.AreOf(row) == true ? known.Terms : new KnownTerms(row.Id, row.Epoch);
        var state = known is not null && known.Id == row.Id && known.Head == row.Head
            ? known with { Terms = terms }
            : await LoadAsync(row, terms, seen, ct);
        Gather(state, row);
        if (_rows.Count == 0) return state;
        return await WriteAsync(state, row, ct);
    }

    private async Task<LogRow?> LookAsync(KnownTerms? known, CancellationToken ct)
    {
        _present.Clear();
        _terms.Clear();
        var wanted = Wanted(known);
        await using var batch = NewBatch();
        batch.Add(LogRow.SelectLocked, P(log));
        batch.Add(SelectPresent, P(log), P(requests.SelectMany(request => request.Records).Select(record => record.Columns.RecordId).Distinct().ToArray()));
        batch.Add(SelectTerms, P(log), P(wanted.Select(term => term.Kind).ToArray()), P(wanted.Select(term => Terms.Bytes(term.Text)).ToArray()));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var row = (await reader.RowsAsync(LogRow.ReadLocked, ct)).SingleOrDefault();
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) _present[reader.GetGuid(0)] = (reader.GetInt64(1), ReadHash(reader));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) _terms[(reader.GetInt16(0), Terms.Text(reader.GetFieldValue<byte[]>(1)))] = reader.GetInt32(2);
        return row;
    }

    // A server that answers must be given the time that so many records take on a slow machine.
    private NpgsqlBatch NewBatch() =>
        new(connection) { Timeout = connection.CommandTimeout + requests.Sum(request => request.Records.Count) / RecordsPerSecond };

    private List<(short Kind, string Text)> Wanted(KnownTerms? known)
    {
        var wanted = new HashSet<(short, string)>();
        foreach (var columns in requests.SelectMany(request => request.Records).Select(record => record.Columns))
        {
            foreach (var column in Terms.Columns)
            {
                if (column.Of(columns) is not { } text) continue;
                if (known?.Find(column.Kind, text) is { } number) _terms[(column.Kind, text)] = number;
                else wanted.Add((column.Kind, text));
            }
        }

        return [.. wanted];
    }

    private Digest ReadHash(NpgsqlDataReader row)
    {
        var hash = row.GetFieldValue<byte[]>(2);
        return hash.Length == Digest.Length
            ? new Digest(hash)
            : throw new LedgerDamagedException(log, row.GetInt64(1), $"Log {log} lacks the hash of record {row.GetInt64(1)}.");
    }

    private async Task<LogState> LoadAsync(LogRow row, KnownTerms terms, TreeHead? seen, CancellationToken ct)
    {
        CheckContinues(row.Head, seen);
        var tree = new TreeReader(connection, row);
        // What the log was before goes unproven once its leaf hashes are in an archive; another process released them meanwhile.
        if (seen is not null && row.IsProvable(seen.Size) && await tree.RootAtAsync(seen.Size, ct) != seen.Root)
            throw new LedgerDamagedException(log, null, $"Log {log} no longer begins with the {seen.Size} records it had.");
        var range = CompactRange.FromBytes(row.Head.Size, row.Edge);
        if (range.Root() != row.Head.Root) throw new LedgerDamagedException(log, null, $"Log {log} has a root that is not that of its tree.");
        var edge = await tree.ReadAsync(Tiles.RightEdge(row.Head.Size), ct);
        return new LogState(row.Id, row.Head, range, new TileBuilder(row.Head.Size, id => edge.GetValueOrDefault(id) ?? []), terms);
    }

    private void CheckContinues(TreeHead head, TreeHead? seen)
    {
        if (head.Size < seen?.Size)
            throw new LedgerDamagedException(log, head.Size, $"Log {log} went back from {seen.Size} records to {head.Size}.");
    }

    private void Gather(LogState state, LogRow row)
    {
        _rows = new EntryArrays(requests.Sum(request => request.Records.Count));
        var nextTerm = row.Terms;
        foreach (var request in requests)
        {
            for (var i = 0; i < request.Records.Count; i++)
            {
                var (record, hash) = (request.Records[i], request.LeafHashes[i]);
                if (_present.TryGetValue(record.Columns.RecordId, out var present))
                {
                    request.Results[i] = new Appended(present.Index, present.Hash == hash ? AppendStatus.Present : AppendStatus.Conflict);
                    continue;
                }

                var index = state.Range.Size;
                state.Range.Append(hash);
                state.Tiles.Append(hash, _tiles.Add);
                _present.Add(record.Columns.RecordId, (index, hash));
                _rows.Add(index, record, hash, (kind, text) => Number(kind, text, ref nextTerm));
                request.Results[i] = new Appended(index, AppendStatus.Added);
            }
        }

        _tiles.AddRange(state.Tiles.TakePartial());
    }

    private int Number(short kind, string text, ref int next)
    {
        if (_terms.TryGetValue((kind, text), out var number)) return number;
        number = checked(++next);
        _terms.Add((kind, text), number);
        _newTerms.Add((number, kind, text));
        return number;
    }

    private async Task<LogState> WriteAsync(LogState state, LogRow row, CancellationToken ct)
    {
        var head = new TreeHead(state.Range.Size, state.Range.Root());
        await using var batch = NewBatch();
        if (_newTerms.Count > 0)
        {
            batch.Add(
                "INSERT INTO ledger_term(log, id, kind, value) SELECT $1, * FROM unnest($2, $3, $4)",
                P(row.Id), P(_newTerms.Select(term => term.Id).ToArray()), P(_newTerms.Select(term => term.Kind).ToArray()),
                P(_newTerms.Select(term => Terms.Bytes(term.Text)).ToArray()));
        }

        _rows.Insert(batch, row.Id);
        // Leaf hashes lie with their records.
        var tiles = _tiles.Where(tile => tile.Id.Level > 0).ToList();
        if (tiles.Count > 0)
        {
            batch.Add(
                "INSERT INTO ledger_tile(log, level, n, hashes) SELECT $1, * FROM unnest($2, $3, $4)"
                + " ON CONFLICT (log, level, n) DO UPDATE SET hashes = excluded.hashes",
                P(row.Id), P(tiles.Select(tile => (short)tile.Id.Level).ToArray()), P(tiles.Select(tile => tile.Id.Index).ToArray()),
                P(tiles.Select(tile => Tiles.ToBytes(tile.Hashes)).ToArray()));
        }

        batch.Add(
            "UPDATE ledger_log SET size = $2, root = $3, edge = $4, terms = $5 WHERE id = $1 AND size = $6 AND root = $7",
            P(row.Id), P(head.Size), P(head.Root.ToArray()), P(state.Range.ToBytes()), P(row.Terms + _newTerms.Count),
            P(row.Head.Size), P(row.Head.Root.ToArray()));
        await batch.ExecuteNonQueryAsync(ct);
        if (batch.BatchCommands[^1].RecordsAffected != 1)
            throw new LedgerDamagedException(log, null, $"The head of log {log} moved while it was being moved.");
        foreach (var ((kind, text), number) in _terms) state.Terms.Add(kind, text, number);
        return state with { Head = head };
    }
}
