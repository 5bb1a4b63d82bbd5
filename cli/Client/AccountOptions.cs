using System.CommandLine;
using JamEmr.Engine.Postgres;

namespace JamEmr.Cli.Client;

/// <summary>The accounts of silos and front doors that a command makes, or gives their rights again. Their passwords are in files, as the
/// processes are given them.</summary>
internal sealed class AccountOptions
{
    private readonly Option<string?> _silo = AccountFile("--silo-account-file", "silos", "The account is made, or given again what silos need and nothing else: they read and write rows, and make no tables.");
    private readonly Option<string?> _api = AccountFile("--api-account-file", "front doors", "The account is made, or given again what front doors need and nothing else: they read which silos there are.");

    /// <summary>Adds the options to a command, beside those that change nothing.</summary>
    public void AddTo(Command command, Option<bool> status, Option<bool> dry)
    {
        command.Add(_silo);
        command.Add(_api);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(status) || result.GetValue(dry)) && (result.GetValue(_silo) ?? result.GetValue(_api)) is not null)
                result.AddError("--status and --dry-run change nothing: leave out the account files.");
        });
    }

    /// <summary>Makes the accounts that were named, and says so.</summary>
    /// <exception cref="SchemaMismatchException">An account is not one for this.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database cannot be used, or refused.</exception>
    public async Task GrantAsync(ParseResult parsed, string owner, string ledgerSchema, CancellationToken ct)
    {
        foreach (var (option, use, who) in new[] { (_silo, AccountUse.Silo, "silos"), (_api, AccountUse.FrontDoor, "front doors") })
        {
            if (parsed.GetValue(option) is not { } file) continue;
            var connection = File.ReadLines(file).FirstOrDefault() ?? "";
            var name = await ClusterAccounts.GrantAsync(owner, connection, use, ledgerSchema, ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"account  {name}  for {who}");
        }
    }

    private static Option<string?> AccountFile(string name, string who, string what)
    {
        var option = new Option<string?>(name) { Description = $"A file whose first line says how {who} reach the database. {what}", HelpName = "file" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } file && !File.Exists(file)) result.AddError($"There is no file {file}.");
        });
        return option;
    }
}
