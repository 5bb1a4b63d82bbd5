using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>The writer's statements on reminder.</summary>
internal sealed class ReminderTable(SqliteDatabase database)
{
    private readonly SqliteStatement _upsert = database.Prepare(
        """
        INSERT INTO reminder (grain_key, grain_type, name, first_tick, due, period, version) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
        ON CONFLICT (grain_key, grain_type, name)
        DO UPDATE SET first_tick = excluded.first_tick, due = excluded.due, period = excluded.period, version = excluded.version
        """);

    private readonly SqliteStatement _advance = database.Prepare(
        "UPDATE reminder SET due = ?4 WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3 AND version = ?5");

    private readonly SqliteStatement _delete = database.Prepare(
        "DELETE FROM reminder WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3");

    /// <summary>Inserts or replaces.</summary>
    public void Upsert(GrainId grain, string name, DateTimeOffset due, TimeSpan period, long version) =>
        Identify(_upsert, grain, name).Bind(4, due.UtcTicks).Bind(5, period.Ticks).Bind(6, version).Run();

    /// <summary>Moves the due time of exactly this registration.</summary>
    public bool Advance(StoredReminder reminder, DateTimeOffset due)
    {
        Identify(_advance, reminder.Grain, reminder.Name).Bind(4, due.UtcTicks).Bind(5, Versions.FromEtag(reminder.Etag)).Run();
        return database.Changes == 1;
    }

    /// <summary>False when there was none.</summary>
    public bool Delete(GrainId grain, string name)
    {
        Identify(_delete, grain, name).Run();
        return database.Changes == 1;
    }

    private static SqliteStatement Identify(SqliteStatement statement, GrainId grain, string name) =>
        statement.Bind(1, grain.Key.ToString()).Bind(2, grain.Type.ToString()).Bind(3, name);
}
