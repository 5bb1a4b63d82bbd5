using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>The writer's statements on grain_state.</summary>
internal sealed class StateTable(SqliteDatabase database)
{
    private readonly SqliteStatement _insert = database.Prepare(
        "INSERT INTO grain_state (grain_key, grain_type, name, version, payload) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");

    private readonly SqliteStatement _update = database.Prepare(
        "UPDATE grain_state SET version = ?4, payload = ?5 WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3 AND version = ?6");

    private readonly SqliteStatement _delete = database.Prepare(
        "DELETE FROM grain_state WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3 AND version = ?4");

    private readonly SqliteStatement _version = database.Prepare(
        "SELECT version FROM grain_state WHERE grain_key = ?1 AND grain_type = ?2 AND name = ?3");

    /// <summary>False when a row is there already.</summary>
    public bool Insert(GrainId grain, string name, long version, ReadOnlySpan<byte> payload)
    {
        Identify(_insert, grain, name).Bind(4, version).Bind(5, payload).Run();
        return database.Changes == 1;
    }

    /// <summary>False when the row is missing or has another version.</summary>
    public bool Update(GrainId grain, string name, long expected, long version, ReadOnlySpan<byte> payload)
    {
        Identify(_update, grain, name).Bind(4, version).Bind(5, payload).Bind(6, expected).Run();
        return database.Changes == 1;
    }

    /// <summary>False when the row is missing or has another version.</summary>
    public bool Delete(GrainId grain, string name, long expected)
    {
        Identify(_delete, grain, name).Bind(4, expected).Run();
        return database.Changes == 1;
    }

    /// <summary>The stored version, or null.</summary>
    public long? Version(GrainId grain, string name)
    {
        long? version = Identify(_version, grain, name).Step() ? _version.Integer(0) : null;
        _version.Reset();
        return version;
    }

    private static SqliteStatement Identify(SqliteStatement statement, GrainId grain, string name) =>
        statement.Bind(1, grain.Key.ToString()).Bind(2, grain.Type.ToString()).Bind(3, name);
}
