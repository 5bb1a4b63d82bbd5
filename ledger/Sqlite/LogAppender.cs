using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

/// <summary>Appends to one log inside the transaction that the caller opened with the write lock.</summary>
internal sealed class LogAppender
{
    private const string InsertEntry =
        "INSERT INTO entry(log, idx, record_id, time, event, category, action, outcome, actor, actor_kind, patient, entity_type, entity,"
        + " address, correlation) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

    private readonly Database _database;
    private readonly TermCache _terms;
    private readonly LogHead _before;
    private readonly CompactRange _range;
    private readonly TileBuilder _tiles;
    private readonly Dictionary<Guid, (long Index, Digest Hash)> _added = [];
    private readonly List<ReadOnlyMemory<byte>> _bodies = [];
    private readonly OpenEpoch _epoch;

    /// <param name="database">With a write transaction open.</param>
    /// <param name="terms">The writer's cache.</param>
    /// <param name="log">The log's name; its row is made where there is none.</param>
    /// <param name="seen">The last head that this store acknowledged, which the log must continue.</param>
    public LogAppender(Database database, TermCache terms, string log, TreeHead? seen)
    {
        _database = database;
        _terms = terms;
        _before = LogHead.Read(database, log) ?? Create(log);
        CheckContinues(seen);
        _range = CompactRange.FromBytes(_before.Head.Size, _before.Edge);
        if (_range.Root() != _before.Head.Root)
            throw new LedgerDamagedException(log, null, $"Log {log} has a root that is not that of its tree.");
        _epoch = terms.Epoch(_before);
        _tiles = new TileBuilder(_before.Head.Size, tile => _before.ReadTile(database, tile));
    }

    public void Append(AppendRequest request)
    {
        for (var i = 0; i < request.Records.Count; i++) request.Results[i] = Append(request.Records[i], request.LeafHashes[i]);
    }

    /// <summary>Writes what was gathered and moves the head, if it still stands where it stood.</summary>
    public TreeHead Finish()
    {
        if (_added.Count == 0) return _before.Head;
        foreach (var tile in _tiles.TakePartial()) Write(tile);
        WriteBodies();

        var head = new TreeHead(_range.Size, _range.Root());
        _database.Prepare("UPDATE log SET size = ?2, root = ?3, edge = ?4 WHERE id = ?1 AND size = ?5 AND root = ?6")
            .Bind(1, _before.Id).Bind(2, head.Size).Bind(3, head.Root.Span).Bind(4, _range.ToBytes())
            .Bind(5, _before.Head.Size).Bind(6, _before.Head.Root.Span).Run();
        return _database.Changes == 1
            ? head
            : throw new LedgerDamagedException(_before.Name, null, $"The head of log {_before.Name} moved while it was being moved.");
    }

    private Appended Append(LedgerRecord record, in Digest hash)
    {
        var id = record.Columns.RecordId;
        if (FindPresent(id) is { } present)
            return new Appended(present.Index, present.Hash == hash ? AppendStatus.Present : AppendStatus.Conflict);

        var index = _range.Size;
        _range.Append(hash);
        _tiles.Append(hash, Write);
        _added.Add(id, (index, hash));
        _bodies.Add(record.Bytes);
        WriteEntry(index, record.Columns);
        return new Appended(index, AppendStatus.Added);
    }

    private (long Index, Digest Hash)? FindPresent(Guid id)
    {
        if (_added.TryGetValue(id, out var added)) return added;
        var row = _database.Prepare("SELECT idx FROM entry WHERE log = ?1 AND record_id = ?2").Bind(1, _before.Id).Bind(2, Columns.Id(id));
        var index = row.Step() ? row.Int64(0) : -1;
        row.Reset();
        return index < 0 ? null : (index, _before.LeafHashAt(_database, index));
    }

    private void WriteEntry(long index, LedgerColumns columns)
    {
        // Terms first: they use the same connection, and the entry's statement is bound only once all are known.
        Span<long> terms = stackalloc long[Columns.Terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            var (kind, _, of) = Columns.Terms[i];
            terms[i] = _terms.Term(_database, _before.Id, kind, of(columns)) ?? 0;
        }

        var insert = _database.Prepare(InsertEntry).Bind(1, _before.Id).Bind(2, index).Bind(3, Columns.Id(columns.RecordId))
            .Bind(4, Columns.Milliseconds(columns.Time));
        for (var i = 0; i < terms.Length; i++) insert.Bind(5 + i, terms[i] == 0 ? null : terms[i]);
        insert.BindText(5 + terms.Length, columns.CorrelationId).Run();
        _epoch.Add(_database, _before, terms, columns);
    }

    private void Write(Tile tile) =>
        _database.Prepare("INSERT INTO tile(log, level, n, hashes) VALUES(?1, ?2, ?3, ?4)"
            + " ON CONFLICT(log, level, n) DO UPDATE SET hashes = excluded.hashes")
            .Bind(1, _before.Id).Bind(2, tile.Id.Level).Bind(3, tile.Id.Index).Bind(4, Tiles.ToBytes(tile.Hashes)).Run();

    private void WriteBodies()
    {
        var start = _before.Head.Size / Bundle.Count * Bundle.Count;
        var bodies = ReadTail(start);
        bodies.AddRange(_bodies);
        var complete = bodies.Count / Bundle.Count;
        for (var i = 0; i < complete; i++)
        {
            _database.Prepare("INSERT INTO bundle(log, n, bodies) VALUES(?1, ?2, ?3)")
                .Bind(1, _before.Id).Bind(2, start / Bundle.Count + i)
                .Bind(3, Bundle.Encode(bodies.GetRange(i * Bundle.Count, Bundle.Count))).Run();
        }

        if (complete > 0) _database.Prepare("DELETE FROM tail WHERE log = ?1").Bind(1, _before.Id).Run();
        for (var index = Math.Max(start + complete * Bundle.Count, _before.Head.Size); index < _range.Size; index++)
        {
            _database.Prepare("INSERT INTO tail(log, idx, body) VALUES(?1, ?2, ?3)")
                .Bind(1, _before.Id).Bind(2, index).Bind(3, bodies[(int)(index - start)].Span).Run();
        }
    }

    private List<ReadOnlyMemory<byte>> ReadTail(long start)
    {
        var bodies = new List<ReadOnlyMemory<byte>>();
        if (_before.Head.Size % Bundle.Count + _bodies.Count < Bundle.Count)
        {
            // No bundle is completed: the leaves that lie in the tail stay there and are not needed.
            bodies.AddRange(Enumerable.Repeat(ReadOnlyMemory<byte>.Empty, (int)(_before.Head.Size - start)));
            return bodies;
        }

        var rows = _database.Prepare("SELECT idx, body FROM tail WHERE log = ?1 ORDER BY idx").Bind(1, _before.Id);
        while (rows.Step())
        {
            if (rows.Int64(0) != start + bodies.Count) break;
            bodies.Add(rows.Blob(1).ToArray());
        }

        rows.Reset();
        return start + bodies.Count == _before.Head.Size
            ? bodies
            : throw new LedgerDamagedException(_before.Name, start + bodies.Count, $"Log {_before.Name} lacks record {start + bodies.Count}.");
    }

    private LogHead Create(string log)
    {
        _database.Prepare("INSERT INTO log(name, size, root, edge) VALUES(?1, 0, ?2, ?3)")
            .Bind(1, log).Bind(2, MerkleTree.EmptyRoot.Span).Bind(3, []).Run();
        return LogHead.Read(_database, log)!;
    }

    private void CheckContinues(TreeHead? seen)
    {
        if (seen is null) return;

        // What the log was before goes unproven once its leaf hashes are in an archive; another process released them meanwhile.
        if (seen.Size < _before.Archived && _before.Head.Size >= _before.Archived) return;
        if (_before.Head.Size < seen.Size)
        {
            throw new LedgerDamagedException(
                _before.Name, _before.Head.Size, $"Log {_before.Name} went back from {seen.Size} records to {_before.Head.Size}.");
        }

        if (_before.RootAt(_database, seen.Size) != seen.Root)
            throw new LedgerDamagedException(_before.Name, null, $"Log {_before.Name} no longer begins with the {seen.Size} records it had.");
    }
}
