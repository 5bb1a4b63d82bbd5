using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using JamEmr.Tests.Unit.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>Which versions' programs work on the ledger's tables.</summary>
public sealed class PostgresMigrationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-- Serves programs from script 1.\nCREATE TABLE later ();", true)]
    [InlineData("CREATE TABLE later ();", false)]
    public async Task Given_tables_of_a_newer_version_When_this_one_starts_Then_it_works_on_them_where_the_script_says_so(string script, bool isServed)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var options = new PostgresLedgerOptions { ConnectionString = database.Connection };
        var newer = new Migrations.Script(Migrations.Scripts().Count + 1, "9999_later.sql", script);
        await using (var sources = new LedgerSources(options)) await Migrations.ApplyAsync(sources, [.. Migrations.Scripts(), newer], Ct);

        var open = PostgresLedgerStore.OpenAsync(options with { MakeTables = false }, Ct);

        if (isServed) await using (await open) Assert.All(await PostgresLedgerStore.MigrationsAsync(options, Ct), migration => Assert.NotNull(migration.AppliedAt));
        else Assert.Contains("9999_later", (await Assert.ThrowsAsync<LedgerUnavailableException>(() => open)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_tables_made_before_scripts_said_whom_they_serve_When_opened_and_migrated_Then_they_are_complete()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var options = new PostgresLedgerOptions { ConnectionString = database.Connection };
        await PostgresLedgerStore.MigrateAsync(options, Ct);
        await database.ExecuteAsync("ALTER TABLE jamemr_ledger.ledger_migration DROP COLUMN serves_from");

        await using (await PostgresLedgerStore.OpenAsync(options with { MakeTables = false }, Ct))
        {
        }

        await using var sources = new LedgerSources(options);
        var newer = new Migrations.Script(2, "0002_later.sql", "-- Serves programs from script 1.\nCREATE TABLE later ();");
        await Migrations.ApplyAsync(sources, [.. Migrations.Scripts(), newer], Ct);
        await using var connection = await sources.Slow.OpenConnectionAsync(Ct);
        await using var command = new NpgsqlCommand("SELECT serves_from FROM ledger_migration WHERE number = 2", connection);
        Assert.Equal(1, await command.ExecuteScalarAsync(Ct));
    }
}
