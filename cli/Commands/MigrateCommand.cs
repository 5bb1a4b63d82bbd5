using System.CommandLine;
using System.Globalization;
using JamEmr.Cli.Client;
using JamEmr.Cli.Transfer;
using JamEmr.Engine.Postgres;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using Npgsql;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr migrate</c>: makes the tables of a cluster's database, or brings them up to this version; and moves an embedded practice there.</summary>
internal static class MigrateCommand
{
    public static ExampleCommand Create(TimeProvider time)
    {
        var (database, move, accounts) = (new DatabaseOptions(), new MoveOptions(), new AccountOptions());
        var status = new Option<bool>("--status") { Description = "List what the database has and what it lacks, and change nothing. Ends with 1 where something is missing." };
        var dry = new Option<bool>("--dry-run") { Description = "Print the statements that would be run, and change nothing." };
        var command = new ExampleCommand(
            "migrate",
            "Make the tables of a cluster's database, or bring them up to this version. It may run again at any time and in several places at once; silos do not start before it has."
            + " Needs an account that may make tables in the database; it can make those of silos and front doors, which may not.",
            "jamemr migrate --database-file /run/secrets/jamemr-database",
            "jamemr migrate --database-file secrets/postgres.connection --silo-account-file secrets/postgres-silo.connection --api-account-file secrets/postgres-api.connection",
            "jamemr migrate --database-file /run/secrets/jamemr-database --status",
            "jamemr migrate --database-file /run/secrets/jamemr-database --from /var/lib/jamemr --master-key-file /etc/jamemr/master-key");
        database.AddTo(command);
        command.Add(status);
        command.Add(dry);
        move.AddTo(command, status, dry);
        accounts.AddTo(command, status, dry);
        command.Validators.Add(result =>
        {
            if (result.GetValue(status) && result.GetValue(dry)) result.AddError("Choose one of --status and --dry-run.");
        });
        command.SetAction(async (parsed, ct) =>
        {
            var console = parsed.InvocationConfiguration;
            if (database.ConnectionOf(parsed) is not { } connection)
            {
                await console.Error.WriteLineAsync($"Nothing says how to reach the database; give --database-file, or set {DatabaseOptions.Variable}.");
                return ExitCodes.Usage;
            }

            try
            {
                if (ClusterConnection.WhyNot(connection) is { } reason) throw new SchemaMismatchException(reason);
                var ledger = database.LedgerOf(parsed, connection);
                if (parsed.GetValue(status)) return await ListAsync(connection, ledger, console.Output, ct);
                if (parsed.GetValue(dry)) return await PrintAsync(connection, ledger, console.Output, ct);
                await ApplyAsync(connection, ledger, console.Output, ct);
                await accounts.GrantAsync(parsed, connection, ledger.Schema, ct);
                return await move.RunAsync(parsed, connection, ledger, time, ct);
            }
            catch (Exception e) when (Sentence(e) is { } sentence)
            {
                await console.Error.WriteLineAsync(sentence);
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static async Task ApplyAsync(string connection, PostgresLedgerOptions ledger, TextWriter output, CancellationToken ct)
    {
        var applied = 0;
        await ClusterSchema.ApplyAsync(connection, new Each<Migration>(migration => Say(migration.Name)), ct);
        var before = await PostgresLedgerStore.MigrationsAsync(ledger, ct);
        await PostgresLedgerStore.MigrateAsync(ledger, ct);
        foreach (var migration in before.Where(migration => migration.AppliedAt is null)) Say($"{ledger.Schema}: {migration.Name}");
        await output.WriteLineAsync(applied == 0 ? "The database is up to date; nothing was changed." : "The database is up to date.");

        void Say(string name)
        {
            applied++;
            output.WriteLine($"applied  {name}");
        }
    }

    private static async Task<int> ListAsync(string connection, PostgresLedgerOptions ledger, TextWriter output, CancellationToken ct)
    {
        var status = await ClusterSchema.StatusAsync(connection, ct);
        foreach (var migration in status.Applied) Line(migration.Name, migration.AppliedAt);
        foreach (var migration in status.Missing) Line(migration.Name, null);
        var scripts = await PostgresLedgerStore.MigrationsAsync(ledger, ct);
        foreach (var migration in scripts) Line($"{ledger.Schema}: {migration.Name}", migration.AppliedAt);
        await ClusterSchema.RequireAsync(connection, ct);
        return scripts.All(migration => migration.AppliedAt is not null)
            ? ExitCodes.Done
            : throw new SchemaMismatchException("The ledger's tables are missing or older than this program; run jamemr migrate.");

        void Line(string name, DateTimeOffset? at) => output.WriteLine(
            at is null ? $"missing  {name}" : string.Create(CultureInfo.InvariantCulture, $"applied  {name}  {at.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z"));
    }

    private static async Task<int> PrintAsync(string connection, PostgresLedgerOptions ledger, TextWriter output, CancellationToken ct)
    {
        foreach (var migration in (await ClusterSchema.StatusAsync(connection, ct)).Missing) await ScriptAsync(migration.Name, migration.Sql);
        foreach (var migration in (await PostgresLedgerStore.MigrationsAsync(ledger, ct)).Where(migration => migration.AppliedAt is null))
            await ScriptAsync($"{migration.Name}, in schema {ledger.Schema}", migration.Sql);
        return ExitCodes.Done;

        async Task ScriptAsync(string name, string sql)
        {
            await output.WriteLineAsync($"-- {name}");
            await output.WriteLineAsync(sql);
        }
    }

    private static string? Sentence(Exception e) => e switch
    {
        SchemaMismatchException or LedgerUnavailableException => e.Message,
        PostgresException refused => $"The database refused: {refused.MessageText} ({refused.SqlState}).",
        NpgsqlException => $"The database cannot be reached: {e.Message}",
        ArgumentException => "What says how to reach the database cannot be read; it looks like Host=…;Database=…;Username=…;Password=….",
        _ => null,
    };

    private sealed class Each<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
