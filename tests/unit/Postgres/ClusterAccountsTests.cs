using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What silos and front doors may do in the database, tried as they are.</summary>
public sealed class ClusterAccountsTests
{
    private const string Denied = "42501";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_account_of_front_doors_When_used_Then_it_reads_which_silos_there_are_and_nothing_else()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var account = await MigrateAsync(database, "api");

        foreach (var table in (string[])["OrleansQuery", "jamemr_cluster", "jamemr_silo"]) await RunAsync(account, $"SELECT * FROM {table}");
        string[] refused =
        [
            .. (await TablesAsync(database)).Except(["orleansquery", "jamemr_cluster", "jamemr_silo"], StringComparer.Ordinal).Select(table => $"SELECT * FROM {table}"),
            "SELECT * FROM jamemr_ledger.ledger_log",
            "UPDATE OrleansQuery SET QueryText = 'SELECT 1'",
            "DELETE FROM jamemr_silo",
            "CREATE TABLE own ()",
            "SELECT rolpassword FROM pg_authid",
        ];
        Assert.Contains("SELECT * FROM jamemr_practice_key", refused);
        foreach (var sql in refused) Assert.Equal(Denied, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(account, sql))).SqlState);
    }

    [Fact]
    public async Task Given_the_account_of_silos_When_used_Then_it_reads_and_writes_rows_but_no_tables_nor_what_others_run()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var account = await MigrateAsync(database, "silo");
        await database.ExecuteAsync("CREATE TABLE jamemr_later (id serial)");

        await RunAsync(account, "INSERT INTO jamemr_practice_key (practice, wrapped) VALUES ('p', '')");
        await RunAsync(account, "UPDATE jamemr_practice_key SET wrapped = 'x'");
        await RunAsync(account, "DELETE FROM jamemr_practice_key");
        await RunAsync(account, "INSERT INTO jamemr_later DEFAULT VALUES");
        string[] refused =
        [
            "CREATE TABLE own ()",
            "CREATE SCHEMA own",
            "DROP TABLE jamemr_later",
            "TRUNCATE jamemr_state",
            "UPDATE OrleansQuery SET QueryText = 'SELECT 1'",
            "DELETE FROM jamemr_migration",
            "DELETE FROM jamemr_transfer",
            "DELETE FROM jamemr_ledger.ledger_migration",
        ];
        foreach (var sql in refused) Assert.Equal(Denied, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(account, sql))).SqlState);
    }

    [Fact]
    public async Task Given_an_account_with_a_password_When_made_Then_the_server_keeps_what_verifies_it_and_a_new_one_replaces_it()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var account = await MigrateAsync(database, "api", "first");
        var first = await VerifierAsync(database, account);
        var again = await MigrateAsync(database, "api", "second");

        Assert.StartsWith("SCRAM-SHA-256$4096:", first, StringComparison.Ordinal);
        Assert.NotEqual(first, await VerifierAsync(database, again));
    }

    [Theory]
    [InlineData("jamemr", "owns the database's tables")]
    [InlineData("Robert\"; DROP TABLE x", "lower-case letters")]
    public async Task Given_an_account_that_is_none_for_it_When_named_Then_it_is_refused(string name, string says)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var account = new NpgsqlConnectionStringBuilder(database.Connection) { Username = name }.ConnectionString;

        var refused = await Assert.ThrowsAsync<SchemaMismatchException>(() => ClusterAccounts.GrantAsync(database.Connection, account, AccountUse.Silo, "jamemr_ledger", Ct));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_account_that_may_do_more_When_named_Then_it_is_refused()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await database.ExecuteAsync("CREATE ROLE tests_other CREATEDB LOGIN");
        try
        {
            var account = new NpgsqlConnectionStringBuilder(database.Connection) { Username = "tests_other" }.ConnectionString;
            var refused = await Assert.ThrowsAsync<SchemaMismatchException>(() => ClusterAccounts.GrantAsync(database.Connection, account, AccountUse.FrontDoor, "jamemr_ledger", Ct));
            Assert.Contains("other rights", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await database.ExecuteAsync("DROP ROLE tests_other");
        }
    }

    // As an operator does, with jamemr migrate.
    private static async Task<string> MigrateAsync(EmptyDatabase database, string process, string password = "")
    {
        var account = new NpgsqlConnectionStringBuilder(database.Connection);
        (account.Username, account.Password) = ($"{account.Database}_{process}", password);
        var (owner, own) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            await File.WriteAllTextAsync(owner, database.Connection, Ct);
            await File.WriteAllTextAsync(own, account.ConnectionString, Ct);
            using var output = new StringWriter();
            using var error = new StringWriter();
            string[] arguments = ["migrate", "--database-file", owner, $"--{process}-account-file", own];
            var code = await CommandLine.RunAsync(arguments, output, error, MigrateCommand.Create(TimeProvider.System));
            Assert.Equal((ExitCodes.Done, ""), (code, error.ToString()));
            Assert.Contains($"account  {account.Username}", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(owner);
            File.Delete(own);
        }

        return account.ConnectionString;
    }

    private static async Task RunAsync(string connection, string sql)
    {
        await using var database = new NpgsqlConnection(connection);
        await database.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, database);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static async Task<List<string>> TablesAsync(EmptyDatabase database)
    {
        await using var connection = new NpgsqlConnection(database.Connection);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", connection);
        await using var rows = await command.ExecuteReaderAsync(Ct);
        var tables = new List<string>();
        while (await rows.ReadAsync(Ct)) tables.Add(rows.GetString(0));
        return tables;
    }

    private static async Task<string?> VerifierAsync(EmptyDatabase database, string account)
    {
        await using var connection = new NpgsqlConnection(database.Connection);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("SELECT rolpassword FROM pg_authid WHERE rolname = $1", connection);
        command.Parameters.Add(new() { Value = new NpgsqlConnectionStringBuilder(account).Username });
        return (string?)await command.ExecuteScalarAsync(Ct);
    }
}
