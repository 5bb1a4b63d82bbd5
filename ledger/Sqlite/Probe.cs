namespace JamEmr.Ledger.Sqlite;

/// <summary>Whether the database takes a write now.</summary>
internal static class Probe
{
    /// <summary>Free bytes below which the disk counts as full, so that it is told before a batch is lost halfway.</summary>
    private const int Room = 1 << 20;

    /// <summary>Writes, in the transaction of the caller: a little that stays, and once as much as a busy moment would need, to be undone.</summary>
    public static void Write(Database database, string folder)
    {
        if (new DriveInfo(folder).AvailableFreeSpace < Room) throw new LedgerUnavailableException("The ledger has no space left.");
        database.Execute("SAVEPOINT room");
        database.Prepare("INSERT INTO meta VALUES('room', zeroblob(?1))").Bind(1, Room / 16).Run();
        database.Execute("ROLLBACK TO room; RELEASE room");
        database.Prepare("INSERT INTO meta VALUES('probe', 1) ON CONFLICT(key) DO UPDATE SET value = value + 1").Run();
    }
}
