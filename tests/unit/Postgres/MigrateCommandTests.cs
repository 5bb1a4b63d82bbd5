using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Postgres;

namespace JamEmr.Tests.Unit.Postgres;

public sealed class MigrateCommandTests
{
    [Fact]
    public async Task Given_an_empty_database_When_migrated_Then_everything_is_listed_once_and_the_status_agrees()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        using var file = new DatabaseFile(database.Connection);

        var (code, output, error) = await RunAsync("--database-file", file.Path, "--status");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("missing  0001_query", output, StringComparison.Ordinal);
        Assert.Contains("missing  jamemr_ledger: 0001_ledger.sql", output, StringComparison.Ordinal);
        Assert.Contains("run jamemr migrate", error, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("--database-file", file.Path, "--dry-run");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("CREATE TABLE jamemr_state", output, StringComparison.Ordinal);
        Assert.Contains("ledger_log", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("--database-file", file.Path);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.All(Migration.All, migration => Assert.Contains($"applied  {migration.Name}", output, StringComparison.Ordinal));
        Assert.Contains("applied  jamemr_ledger: 0001_ledger.sql", output, StringComparison.Ordinal);

        Assert.Equal((ExitCodes.Done, "The database is up to date; nothing was changed." + Environment.NewLine, ""), await RunAsync("--database-file", file.Path));
        (code, output, error) = await RunAsync("--database-file", file.Path, "--status");
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.DoesNotContain("missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_database_of_a_newer_version_When_migrated_Then_one_line_says_so()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        using var file = new DatabaseFile(database.Connection);
        await RunAsync("--database-file", file.Path);
        await database.ExecuteAsync("INSERT INTO jamemr_migration (number, name, sha256, serves_from) VALUES (9999, '9999_later', 'x', 9999)");

        var (code, output, error) = await RunAsync("--database-file", file.Path);

        Assert.Equal((ExitCodes.Failed, ""), (code, output));
        Assert.Contains("9999_later", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=/nowhere/at/all;Database=x;Username=someone;Password=hush-hush", "cannot be reached")]
    [InlineData("Hst=nowhere;Password=hush-hush", "cannot be read")]
    public async Task Given_a_database_that_cannot_be_reached_When_migrated_Then_one_line_says_so_without_the_password(string connection, string says)
    {
        using var file = new DatabaseFile(connection);
        var (code, _, error) = await RunAsync("--database-file", file.Path);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--database-file", "/nowhere/at/all")]
    [InlineData("--status", "--dry-run")]
    [InlineData("--ledger-schema", "Bobby'; DROP TABLE")]
    [InlineData("--from", "/nowhere", "--status")]
    [InlineData("--master-key-file", "/nowhere")]
    [InlineData("--from", "/nowhere", "--service-id", " ")]
    public async Task Given_a_command_line_that_is_wrong_When_run_Then_it_ends_with_2(params string[] args) =>
        Assert.Equal(ExitCodes.Usage, (await RunAsync(args)).Code);

    [Fact]
    public async Task Given_a_need_for_help_When_asked_Then_there_are_examples()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("jamemr migrate --database-file /run/secrets/jamemr-database", output, StringComparison.Ordinal);
        Assert.Contains("JAMEMR_POSTGRES", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(["migrate", .. args], output, error, MigrateCommand.Create(TimeProvider.System));
        return (code, output.ToString(), error.ToString());
    }

    private sealed class DatabaseFile : IDisposable
    {
        public DatabaseFile(string connection) => File.WriteAllText(Path, connection + "\n");

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
