using System.Buffers;
using System.CommandLine;
using System.Globalization;
using JamEmr.Audit;
using JamEmr.Ledger;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr hold</c>: legal holds, which keep an audit log from being archived.</summary>
internal static class HoldCommand
{
    private const int MaxReason = 64;

    private static readonly SearchValues<char> ReasonCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-");

    public static ExampleCommand Create(TimeProvider time)
    {
        var (place, lift, list) = (Place(time), Lift(time), List());
        var command = new ExampleCommand("hold", "Place, lift and list legal holds: while one stands, nothing of the log goes to an archive.",
            [.. place.Examples, .. lift.Examples, .. list.Examples]);
        command.Add(place);
        command.Add(lift);
        command.Add(list);
        return command;
    }

    private static ExampleCommand Place(TimeProvider time)
    {
        var (practice, data) = (AuditOptions.Practice(), AuditOptions.Data());
        var reason = new Option<string>("--reason") { Description = "A code or a case number; never words about a patient.", HelpName = "code", Required = true };
        reason.Validators.Add(result =>
        {
            var code = result.GetValueOrDefault<string>() ?? "";
            if (code.Length is 0 or > MaxReason || code.AsSpan().ContainsAnyExcept(ReasonCharacters))
                result.AddError($"A reason is a code of up to {MaxReason} letters, digits and . _ / - such as case-2026/17.");
        });
        var command = new ExampleCommand("place", "Place a hold; prints its id.", "jamemr hold place --practice 0195d3f0-0000-7000-8000-000000000001 --reason case-2026/17");
        foreach (var option in new Option[] { practice, reason, data }) command.Add(option);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var (log, now) = (parsed.GetRequiredValue(practice), time.GetUtcNow());
            var hold = new LegalHold(Guid.CreateVersion7(now), now, parsed.GetRequiredValue(reason));
            await using var audit = await AuditFolder.OpenAsync(parsed.GetRequiredValue(data), log, time, ct);
            // The hold first: a crash between the two leaves one that stands, and never one that is only said to.
            await audit.Store.PlaceHoldAsync(log, hold, ct);
            await audit.RecordAsync(log, AuditEvents.AuditHoldPlaced, hold.Id.ToString("D"), ct, detail: [("reason", hold.Reason)]);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"hold {hold.Id:D} stands on log {log}");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static ExampleCommand Lift(TimeProvider time)
    {
        var (practice, data) = (AuditOptions.Practice(), AuditOptions.Data());
        var id = new Option<Guid>("--id") { Description = "The hold, as placing and listing print it.", HelpName = "id", Required = true };
        var command = new ExampleCommand("lift", "Lift a hold.",
            "jamemr hold lift --practice 0195d3f0-0000-7000-8000-000000000001 --id 0195d3f0-0000-7000-8000-0000000000aa");
        foreach (var option in new Option[] { practice, id, data }) command.Add(option);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var (log, hold) = (parsed.GetRequiredValue(practice), parsed.GetRequiredValue(id));
            await using var audit = await AuditFolder.OpenAsync(parsed.GetRequiredValue(data), log, time, ct);
            if (!(await audit.Store.HoldsAsync(log, ct)).Any(one => one.Id == hold && one.Lifted is null))
                throw new ExportException($"No hold {hold:D} stands on log {log}. List them: jamemr hold list --practice {log}");
            await audit.RecordAsync(log, AuditEvents.AuditHoldLifted, hold.ToString("D"), ct);
            await audit.Store.LiftHoldAsync(log, hold, time.GetUtcNow(), ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"hold {hold:D} on log {log} is lifted");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static ExampleCommand List()
    {
        var (practice, data) = (AuditOptions.Practice(), AuditOptions.Data());
        var command = new ExampleCommand("list", "List every hold that was ever placed, oldest first.", "jamemr hold list --practice 0195d3f0-0000-7000-8000-000000000001");
        command.Add(practice);
        command.Add(data);
        command.SetAction((parsed, ct) => AuditFailures.ToldAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            await using var store = await SqliteLedgerStore.OpenAsync(
                AuditFolder.LedgerOf(parsed.GetRequiredValue(data)), new SqliteLedgerOptions { ReadOnly = true }, ct);
            foreach (var hold in await store.HoldsAsync(parsed.GetRequiredValue(practice), ct))
            {
                var lifted = hold.Lifted is { } at ? $"lifted {Text(at)}" : "stands";
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{hold.Id:D} placed {Text(hold.Placed)} {lifted} {hold.Reason}");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
