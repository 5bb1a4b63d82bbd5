using System.CommandLine;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger.Postgres;

namespace JamEmr.Cli.Transfer;

/// <summary>The part of <c>jamemr migrate</c> that moves a practice into the database once its tables are made.</summary>
internal sealed class MoveOptions
{
    private const int MaxService = 150;

    private readonly Option<string?> _from = new("--from")
    {
        Description = "The data folder of an embedded service, stopped in order, to move into the database, which must be empty. May be repeated after it was cut off."
            + " It proves that the database has the same: counts, hashes of all states, roots of all logs. The folder stays, and is not served any more.",
        HelpName = "folder",
    };

    private readonly Option<string?> _key = TransferOptions.MasterKeyFile();

    private readonly Option<string> _service = new("--service-id")
    {
        Description = "The installation's name, as the silos are told it (JamEmr:Cluster:ServiceId).",
        HelpName = "name",
        DefaultValueFactory = _ => "jamemr",
    };

    public MoveOptions() => _service.Validators.Add(result =>
    {
        if (result.GetValue(_service) is not { Length: > 0 and <= MaxService } name || string.IsNullOrWhiteSpace(name)) result.AddError($"--service-id has 1 to {MaxService} characters.");
    });

    /// <summary>Adds the options to a command, whose other options must not be given with a move.</summary>
    public void AddTo(Command command, params Option<bool>[] others)
    {
        foreach (var option in new Option[] { _from, _key, _service }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_from) is null && result.GetValue(_key) is not null) result.AddError("--master-key-file goes with --from.");
            if (result.GetValue(_from) is not null && Array.Find(others, result.GetValue) is { } other) result.AddError($"Choose one of --from and {other.Name}.");
        });
    }

    /// <summary>Moves the folder that was named, if one was.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ParseResult parsed, string connection, PostgresLedgerOptions ledger, TimeProvider time, CancellationToken ct)
    {
        if (parsed.GetValue(_from) is not { } data) return ExitCodes.Done;
        var console = parsed.InvocationConfiguration;
        return await TransferOptions.ToldAsync(console.Error, async () =>
        {
            await new PracticeMove(connection, ledger, parsed.GetRequiredValue(_service), console.Output, console.Error, time)
                .RunAsync(data, EngineContents.FindKey(data, parsed.GetValue(_key)), ct);
            return ExitCodes.Done;
        });
    }
}
