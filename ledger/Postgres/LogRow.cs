using JamEmr.Ledger.Merkle;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>The row of a log.</summary>
internal sealed record LogRow(int Id, string Name, TreeHead Head, byte[] Edge, int Terms, int Epoch, long Archived)
{
    private const string Columns = "id, name, size, root, edge, terms, epoch, archived";

    public const string Select = $"SELECT {Columns} FROM ledger_log WHERE name = $1";

    /// <summary>The row locked for whoever changes the log, and what the server makes of a commit.</summary>
    public const string SelectLocked =
        $"SELECT {Columns}, current_setting('synchronous_commit'), current_setting('fsync') FROM ledger_log WHERE name = $1 FOR NO KEY UPDATE";

    /// <exception cref="FormatException">The root is not a digest.</exception>
    public static LogRow Read(NpgsqlDataReader row)
    {
        var root = row.GetFieldValue<byte[]>(3);
        if (root.Length != Digest.Length) throw new FormatException("The root in the head is not a digest.");
        return new LogRow(
            row.GetInt32(0), row.GetString(1), new TreeHead(row.GetInt64(2), new Digest(root)), row.GetFieldValue<byte[]>(4),
            row.GetInt32(5), row.GetInt32(6), row.GetInt64(7));
    }

    /// <summary>Whether the tree of a size needs no leaf that is in an archive.</summary>
    public bool IsProvable(long size) => size >= Archived || size % Tiles.Width == 0;

    /// <exception cref="ArgumentOutOfRangeException">The tree of that size needs leaves that are in an archive.</exception>
    public void EnsureProvable(long size)
    {
        if (size <= 0 || IsProvable(size)) return;
        throw new ArgumentOutOfRangeException(
            nameof(size), size, $"Log {Name} at {size} records lies in an archive, which holds its proof; the first record here is {Archived}.");
    }

    /// <exception cref="ArgumentOutOfRangeException">The record is in an archive.</exception>
    public void EnsureHere(long index)
    {
        if (index < 0 || index >= Archived) return;
        throw new ArgumentOutOfRangeException(
            nameof(index), index, $"Record {index} of log {Name} lies in an archive, which holds its proof; the first one here is {Archived}.");
    }

    /// <summary>The row of <see cref="SelectLocked"/>.</summary>
    /// <exception cref="LedgerUnavailableException">A commit would not be on disk when it is acknowledged.</exception>
    public static LogRow ReadLocked(NpgsqlDataReader row)
    {
        Durability.Ensure(row.GetString(8), row.GetString(9));
        return Read(row);
    }

    /// <summary>The row, which a server that answers has at hand: it is waited for no longer than for a connection.</summary>
    public static async Task<LogRow?> FindAsync(NpgsqlConnection connection, string log, CancellationToken ct)
    {
        var command = connection.Command(Select, P(log));
        command.CommandTimeout = connection.ConnectionTimeout;
        return (await command.RowsAsync(Read, ct)).SingleOrDefault();
    }
}

/// <summary>A server that acknowledges a commit before it is on disk is refused.</summary>
internal static class Durability
{
    public const string Select = "current_setting('synchronous_commit'), current_setting('fsync')";

    public static void Ensure(string synchronousCommit, string fsync)
    {
        if (fsync == "off") throw new LedgerUnavailableException("The ledger's database runs with fsync off: it would lose what it acknowledged. Set fsync = on.");
        if (synchronousCommit == "off")
        {
            throw new LedgerUnavailableException(
                "The ledger's database runs with synchronous_commit off: it would lose what it acknowledged. Set synchronous_commit = on.");
        }
    }
}
