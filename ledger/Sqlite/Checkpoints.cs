namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The checkpoints that are kept, each in one or more places: the newest, the last of its hour, the newest of its witness. What comes to a
/// place puts out what was there.
/// </summary>
internal static class Checkpoints
{
    private const string Newest = "newest";

    /// <exception cref="ArgumentException">Something in it is out of bounds.</exception>
    public static void Check(StoredCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Validate();
    }

    public static void Save(Database database, string log, StoredCheckpoint checkpoint)
    {
        // Of two of the same size the log's own stays the newest: it is the one that the others were made of.
        if (SizeAt(database, log, Newest) is not { } size || checkpoint.Size > size || (checkpoint.Size == size && checkpoint.Witness is null))
        {
            Put(database, log, Newest, checkpoint);
            Put(database, log, $"hour {checkpoint.Time.UtcTicks / TimeSpan.TicksPerHour}", checkpoint);
        }

        if (checkpoint.Witness is { } witness && !(SizeAt(database, log, $"witness {witness}") > checkpoint.Size))
            Put(database, log, $"witness {witness}", checkpoint);
    }

    public static IReadOnlyList<StoredCheckpoint> Read(Database database, string log)
    {
        var found = new List<StoredCheckpoint>();
        var rows = database.Prepare("SELECT DISTINCT size, time, witness, note FROM checkpoint WHERE log = ?1 ORDER BY size, time, witness").Bind(1, log);
        while (rows.Step())
        {
            found.Add(new StoredCheckpoint(
                rows.Int64(0), new DateTimeOffset(rows.Int64(1), TimeSpan.Zero), rows.IsNull(2) ? null : rows.Text(2), rows.Text(3)));
        }

        rows.Reset();
        return found;
    }

    private static long? SizeAt(Database database, string log, string place)
    {
        var row = database.Prepare("SELECT size FROM checkpoint WHERE log = ?1 AND place = ?2").Bind(1, log).Bind(2, place);
        long? size = row.Step() ? row.Int64(0) : null;
        row.Reset();
        return size;
    }

    private static void Put(Database database, string log, string place, StoredCheckpoint checkpoint)
    {
        var insert = database.Prepare("INSERT OR REPLACE INTO checkpoint(log, place, size, time, witness, note) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(1, log).Bind(2, place).Bind(3, checkpoint.Size).Bind(4, checkpoint.Time.UtcTicks).Bind(6, checkpoint.Note);
        if (checkpoint.Witness is { } witness) insert.Bind(5, witness).Run();
        else insert.Bind(5, (long?)null).Run();
    }
}
