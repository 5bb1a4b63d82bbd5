using JamEmr.Ledger.Postgres;
using Npgsql;

namespace JamEmr.Bench.Ledger;

/// <summary>A schema for the benchmark's ledger in a PostgreSQL database.</summary>
internal sealed class PostgresPlace(string connection)
{
    private const string Schema = "jamemr_bench_ledger";

    public async Task<PostgresLedgerStore> OpenAsync(CancellationToken ct) => await PostgresLedgerStore.OpenAsync(
        new PostgresLedgerOptions { ConnectionString = connection, Schema = Schema, Timeout = TimeSpan.FromSeconds(30), QueryTimeout = TimeSpan.FromMinutes(1) }, ct);

    /// <summary>Tables, indexes and what is stored beside them, in bytes.</summary>
    public async Task<long> BytesAsync(CancellationToken ct) => (long)(await ScalarAsync(
        $"SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relnamespace = '{Schema}'::regnamespace AND c.relkind = 'r'", ct))!;

    public Task RemoveAsync() => ScalarAsync($"DROP SCHEMA IF EXISTS {Schema} CASCADE", CancellationToken.None);

    private async Task<object?> ScalarAsync(string sql, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(ct);
    }
}
