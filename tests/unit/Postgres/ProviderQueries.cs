using System.Data;
using JamEmr.Engine.Postgres;
using JamEmr.Tests.Support;
using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>A cluster's database, asked as Orleans' AdoNet providers ask: a stored statement by its key, parameters by name and type.</summary>
internal sealed class ProviderQueries : IAsyncDisposable
{
    private readonly ClusterDatabase _database;
    private readonly NpgsqlDataSource _source;
    private readonly Dictionary<string, string> _queries;

    private ProviderQueries(ClusterDatabase database, NpgsqlDataSource source, Dictionary<string, string> queries) =>
        (_database, _source, _queries) = (database, source, queries);

    public IReadOnlyDictionary<string, string> Texts => _queries;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<ProviderQueries> CreateAsync()
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        var database = await ClusterDatabase.CreateAsync();
        var source = NpgsqlDataSource.Create(ClusterConnection.Of(database.Connection));
        var queries = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = source.CreateCommand("SELECT QueryKey, QueryText FROM OrleansQuery");
        await using var row = await command.ExecuteReaderAsync(Ct);
        while (await row.ReadAsync(Ct)) queries.Add(row.GetString(row.GetOrdinal("QueryKey")), row.GetString(row.GetOrdinal("QueryText")));
        return new ProviderQueries(database, source, queries);
    }

    public async ValueTask<NpgsqlConnection> ConnectAsync() => await _source.OpenConnectionAsync(Ct);

    /// <summary>The rows of a statement, on a connection of its own.</summary>
    public async Task<List<Row>> AskAsync(string key, object parameters)
    {
        await using var connection = await ConnectAsync();
        return await AskAsync(connection, key, parameters);
    }

    /// <summary>The rows of a statement.</summary>
    public Task<List<Row>> AskAsync(NpgsqlConnection connection, string key, object parameters) => RowsAsync(connection, _queries[key], parameters);

    /// <summary>How the database runs it.</summary>
    public async Task<string> PlanAsync(string key, object parameters)
    {
        await using var connection = await ConnectAsync();
        return string.Join('\n', (await RowsAsync(connection, "EXPLAIN " + _queries[key], parameters)).Select(row => row.Get<string>(0)));
    }

    /// <summary>Completes when a statement on this database waits for another's lock.</summary>
    public async Task BlockedAsync()
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", connection);
        while ((long)(await command.ExecuteScalarAsync(Ct))! == 0) await Task.Yield();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static async Task<List<Row>> RowsAsync(NpgsqlConnection connection, string sql, object parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var property in parameters.GetType().GetProperties())
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (property.Name, property.GetValue(parameters) ?? DBNull.Value);
            parameter.DbType = TypeOf(property.PropertyType);
            command.Parameters.Add(parameter);
        }

        var rows = new List<Row>();
        await using var reader = await command.ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
        {
            rows.Add(new Row([.. Enumerable.Range(0, reader.FieldCount).Select(i => (reader.GetName(i), reader.IsDBNull(i) ? null : reader.GetValue(i)))]));
        }

        return rows;
    }

    // The map of the providers, which goes by the parameter's static type.
    private static DbType TypeOf(Type type) =>
        type == typeof(int) || type == typeof(int?) ? DbType.Int32
        : type == typeof(long) ? DbType.Int64
        : type == typeof(string) ? DbType.String
        : type == typeof(byte[]) ? DbType.Binary
        : type == typeof(DateTime) ? DbType.DateTime
        : throw new ArgumentException($"No provider sends a {type}.", nameof(type));
}

/// <summary>A row; its columns are found by name whatever the case, as the providers do.</summary>
internal sealed class Row((string Name, object? Value)[] columns)
{
    public int Columns => columns.Length;

    public T Get<T>(int column) => (T)columns[column].Value!;

    public T Get<T>(string name) => (T)columns.Single(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)).Value!;
}
