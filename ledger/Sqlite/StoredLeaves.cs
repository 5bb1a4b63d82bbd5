using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

/// <summary>What lies on disk, as it lies, for verifying.</summary>
internal static class StoredLeaves
{
    public static IReadOnlyList<StoredLeaf> Read(LedgerConnection connection, LogHead head, long from, int count)
    {
        var to = Math.Min(head.Head.Size, from + count);
        if (from >= to) return [];
        var rows = new EntryRows(connection, head);
        var columns = ReadColumns(connection.Database, head, rows, from, to);
        var tiles = new Dictionary<long, Digest[]?>();
        var leaves = new List<StoredLeaf>((int)(to - from));
        for (var index = from; index < to; index++)
        {
            var number = index / Tiles.Width;
            if (!tiles.TryGetValue(number, out var tile)) tiles[number] = tile = TryReadTile(connection.Database, head, number);
            var at = (int)(index % Tiles.Width);
            ReadOnlyMemory<byte>? body = rows.ReadBody(index) is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);
            leaves.Add(new StoredLeaf(index, columns.GetValueOrDefault(index), body, at < tile?.Length ? tile[at] : null));
        }

        return leaves;
    }

    public static LedgerExtent Extent(Database database, string log)
    {
        // The rows of a log whose head is gone can no longer be told from those of others.
        if (ReadHead(database, log) is not { } head) return new LedgerExtent(null, 0, -1);
        var rows = database.Prepare("SELECT count(*), coalesce(max(idx), -1) FROM entry WHERE log = ?1 AND idx >= ?2").Bind(1, head.Id).Bind(2, head.Archived);
        rows.Step();
        var (count, last) = (rows.Int64(0), rows.Int64(1));
        rows.Reset();
        var tail = database.Prepare("SELECT coalesce(max(idx), -1) FROM tail WHERE log = ?1").Bind(1, head.Id);
        tail.Step();
        last = Math.Max(last, tail.Int64(0));
        tail.Reset();
        return new LedgerExtent(head.Head, count, last, head.Archived);
    }

    private static LogHead? ReadHead(Database database, string log)
    {
        try
        {
            return LogHead.Read(database, log);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static Dictionary<long, LedgerColumns?> ReadColumns(Database database, LogHead head, EntryRows entries, long from, long to)
    {
        var columns = new Dictionary<long, LedgerColumns?>();
        var rows = database.Prepare($"SELECT {EntryRows.Select} FROM entry e WHERE e.log = ?1 AND e.idx >= ?2 AND e.idx < ?3 ORDER BY e.idx")
            .Bind(1, head.Id).Bind(2, from).Bind(3, to);
        while (rows.Step()) columns[rows.Int64(0)] = TryReadColumns(entries, rows);
        rows.Reset();
        return columns;
    }

    private static LedgerColumns? TryReadColumns(EntryRows entries, Statement row)
    {
        try
        {
            return entries.ReadColumns(row);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static Digest[]? TryReadTile(Database database, LogHead head, long number)
    {
        try
        {
            return head.TryReadTile(database, new TileId(0, number));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
