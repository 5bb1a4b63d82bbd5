namespace JamEmr.Ledger.Sqlite;

/// <summary>The legal holds of logs. They name the log, so that a hold may be placed before anything is in it.</summary>
internal static class Holds
{
    /// <exception cref="ArgumentException">The reason is out of bounds.</exception>
    public static void Check(LegalHold hold)
    {
        ArgumentNullException.ThrowIfNull(hold);
        hold.Validate();
    }

    public static void Place(Database database, string log, LegalHold hold) =>
        database.Prepare("INSERT OR IGNORE INTO hold(log, id, placed, reason, lifted) VALUES(?1, ?2, ?3, ?4, ?5)")
            .Bind(1, log).Bind(2, Columns.Id(hold.Id)).Bind(3, hold.Placed.UtcTicks).Bind(4, hold.Reason).Bind(5, hold.Lifted?.UtcTicks).Run();

    public static bool Lift(Database database, string log, Guid hold, DateTimeOffset at)
    {
        database.Prepare("UPDATE hold SET lifted = ?3 WHERE log = ?1 AND id = ?2 AND lifted IS NULL")
            .Bind(1, log).Bind(2, Columns.Id(hold)).Bind(3, at.UtcTicks).Run();
        return database.Changes == 1;
    }

    public static IReadOnlyList<LegalHold> Read(Database database, string log)
    {
        var found = new List<LegalHold>();
        var rows = database.Prepare("SELECT id, placed, reason, lifted FROM hold WHERE log = ?1 ORDER BY placed, id").Bind(1, log);
        while (rows.Step())
        {
            found.Add(new LegalHold(
                new Guid(rows.Blob(0), bigEndian: true), Time(rows.Int64(1)), rows.Text(2), rows.IsNull(3) ? null : Time(rows.Int64(3))));
        }

        rows.Reset();
        return found;
    }

    /// <exception cref="LegalHoldException">One stands.</exception>
    public static void EnsureNone(Database database, string log)
    {
        if (Read(database, log).FirstOrDefault(hold => hold.Lifted is null) is { } stands)
            throw new LegalHoldException($"Log {log} is left as it is: hold {stands.Id} of {stands.Placed:yyyy-MM-dd} stands. Lift it first.");
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
