using System.CommandLine;
using System.Globalization;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr verify</c>: recomputes the audit ledger of a data folder from its records, without a server.</summary>
internal static class VerifyCommand
{
    public static ExampleCommand Create()
    {
        var folder = new Argument<string>("data-folder") { Description = "The service's data folder, or a folder with a ledger.db. The service may be running." };
        var practice = new Option<string?>("--practice") { Description = "Only this practice's log.", HelpName = "id" };
        var command = new ExampleCommand("verify", "Recompute the audit ledger and compare; ends with 1 and the first thing that is wrong, if anything is.",
            "jamemr verify ./jamemr-data",
            "jamemr verify ./jamemr-data --practice 0195d3f0-0000-7000-8000-000000000001");
        command.Add(folder);
        command.Add(practice);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var console = parsed.InvocationConfiguration;
            try
            {
                await using var store = await SqliteLedgerStore.OpenAsync(
                    FindLedger(parsed.GetRequiredValue(folder)), new SqliteLedgerOptions { ReadOnly = true }, cancellationToken);
                return await VerifyAsync(store, parsed.GetValue(practice), console.Output, console.Error, cancellationToken);
            }
            catch (LedgerUnavailableException e)
            {
                await console.Error.WriteLineAsync(e.Message);
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static string FindLedger(string folder)
    {
        var below = Path.Combine(folder, "ledger");
        return Directory.Exists(below) ? below : folder;
    }

    private static async Task<int> VerifyAsync(
        SqliteLedgerStore store, string? practice, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var logs = await store.LogsAsync(cancellationToken);
        if (practice is not null) logs = [.. logs.Where(log => string.Equals(log, practice, StringComparison.Ordinal))];
        if (practice is not null && logs.Count == 0)
        {
            await error.WriteLineAsync($"There is no log of practice {practice}.");
            return ExitCodes.Failed;
        }

        foreach (var log in logs)
        {
            var report = await LedgerAudit.VerifyAsync(store, log, AuditColumns.Of, cancellationToken);
            await output.WriteLineAsync(Line(report));
            if (report.First is { } wrong) return await FailAsync(log, wrong);
        }

        // What no hash covers concerns all logs at once.
        if (await store.CheckAsync(cancellationToken) is { } broken) return await FailAsync("database", broken);
        await output.WriteLineAsync("database: whole, and every record is found by its columns");
        return ExitCodes.Done;

        async Task<int> FailAsync(string where, Finding finding)
        {
            await error.WriteLineAsync($"{where}: WRONG: {finding.Message}");
            return ExitCodes.Failed;
        }
    }

    private static string Line(VerificationReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Log}: {report.Records} of {report.Head?.Size ?? 0} records recomputed ({report.Bytes} bytes), root {report.Head?.Root}");
}
