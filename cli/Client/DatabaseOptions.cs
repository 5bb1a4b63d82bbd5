using System.CommandLine;
using JamEmr.Ledger.Postgres;

namespace JamEmr.Cli.Client;

/// <summary>Which database of a cluster a command works on. How to reach it may hold a password, so it is never an argument: other users of
/// the machine see those.</summary>
internal sealed class DatabaseOptions
{
    /// <summary>The environment variable that says how to reach the database where no file does.</summary>
    public const string Variable = "JAMEMR_POSTGRES";

    private readonly Option<string?> _file = new("--database-file")
    {
        Description = $"A file whose first line says how to reach PostgreSQL, such as Host=db;Database=jamemr;Username=jamemr;Password=…. Unset: the environment variable {Variable}.",
        HelpName = "file",
    };

    private readonly Option<string> _ledger = new("--ledger-schema")
    {
        Description = "The schema of the audit ledger, as the silos are told it.",
        HelpName = "name",
        DefaultValueFactory = _ => new PostgresLedgerOptions { ConnectionString = "" }.Schema,
    };

    public DatabaseOptions()
    {
        _file.Validators.Add(result =>
        {
            if (result.GetValue(_file) is { } file && !File.Exists(file)) result.AddError($"There is no file {file}.");
        });
        _ledger.Validators.Add(result =>
        {
            if (!PostgresLedgerOptions.IsSchema(result.GetValue(_ledger))) result.AddError("--ledger-schema has 1 to 63 lower-case letters, digits and underscores.");
        });
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_ledger);
    }

    /// <summary>How to reach the database; null where nothing says it.</summary>
    public string? ConnectionOf(ParseResult parsed)
    {
        var text = parsed.GetValue(_file) is { } file ? File.ReadLines(file).FirstOrDefault() : Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    /// <summary>The ledger in that database.</summary>
    public PostgresLedgerOptions LedgerOf(ParseResult parsed, string connection) =>
        new() { ConnectionString = connection, Schema = parsed.GetRequiredValue(_ledger), Timeout = TimeSpan.FromSeconds(30) };
}
