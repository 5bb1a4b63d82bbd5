using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Sqlite;

/// <summary>Lets go of the first epochs of a log, which lie in an archive.</summary>
internal static class Release
{
    private const int BundlesPerEpoch = Schema.Epoch / Bundle.Count;
    private const int TilesPerEpoch = Schema.Epoch / Tiles.Width;

    /// <summary>Moves the place where the log begins to the last whole epoch below an index.</summary>
    /// <returns>Where the log begins.</returns>
    /// <exception cref="LegalHoldException">A hold stands.</exception>
    /// <exception cref="ArgumentException">The log has not so many records or another root.</exception>
    public static long Decide(Database database, string log, long upTo, Digest root)
    {
        Holds.EnsureNone(database, log);
        var head = LogHead.Read(database, log) ?? throw new ArgumentException($"There is no log {log}.", nameof(log));
        if (upTo < 0 || upTo > head.Head.Size)
            throw new ArgumentException($"Log {log} has {head.Head.Size} records, so the first {upTo} cannot be released.", nameof(upTo));

        // Of what is in an archive already, only whole tiles can still be looked at; releasing it again changes nothing.
        if (upTo < head.Archived && upTo % Tiles.Width != 0) return head.Archived;
        if (head.RootAt(database, upTo) != root)
            throw new ArgumentException($"The first {upTo} records of log {log} have another root: this is not the archive of them.", nameof(root));

        var boundary = upTo / Schema.Epoch * Schema.Epoch;
        if (boundary <= head.Archived) return head.Archived;
        database.Prepare("UPDATE log SET archived = ?2 WHERE id = ?1").Bind(1, head.Id).Bind(2, boundary).Run();
        return boundary;
    }

    /// <summary>Removes the first epoch below the beginning of the log that anything is left of; false when there is none.</summary>
    public static bool RemoveEpoch(Database database, string log)
    {
        if (LogHead.Read(database, log) is not { } head) return false;
        var epoch = new[]
        {
            First(database, "SELECT min(idx) FROM entry WHERE log = ?1", head) / Schema.Epoch,
            First(database, "SELECT min(n) FROM bundle WHERE log = ?1", head) / BundlesPerEpoch,
            First(database, "SELECT min(n) FROM tile WHERE log = ?1 AND level = 0", head) / TilesPerEpoch,
        }.Min();
        if (epoch >= head.Archived / Schema.Epoch) return false;

        Delete(database, "DELETE FROM entry WHERE log = ?1 AND idx >= ?2 AND idx < ?3", head.Id, epoch, Schema.Epoch);
        Delete(database, "DELETE FROM bundle WHERE log = ?1 AND n >= ?2 AND n < ?3", head.Id, epoch, BundlesPerEpoch);
        Delete(database, "DELETE FROM tile WHERE log = ?1 AND level = 0 AND n >= ?2 AND n < ?3", head.Id, epoch, TilesPerEpoch);
        Delete(database, "DELETE FROM epoch WHERE log = ?1 AND epoch >= ?2 AND epoch < ?3", head.Id, epoch, 1);
        database.Prepare("DELETE FROM facet WHERE id >= ?1 AND id < ?2")
            .Bind(1, FacetKey.Of(head.Id, epoch, 0)).Bind(2, FacetKey.Of(head.Id, epoch + 1, 0)).Run();
        return true;
    }

    private static long First(Database database, string sql, LogHead log)
    {
        var row = database.Prepare(sql).Bind(1, log.Id);
        var first = row.Step() && !row.IsNull(0) ? row.Int64(0) : long.MaxValue;
        row.Reset();
        return first;
    }

    private static void Delete(Database database, string sql, long log, long epoch, long each) =>
        database.Prepare(sql).Bind(1, log).Bind(2, epoch * each).Bind(3, (epoch + 1) * each).Run();
}
