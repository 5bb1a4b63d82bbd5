using System.Text.Json;
using JamEmr.Cli.Client;
using static JamEmr.Cli.Client.TextTable;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit access</c> and <c>disclosures</c>: what concerns one patient.</summary>
internal static class AuditPatientCommand
{
    public static IEnumerable<ExampleCommand> Create(ServerOptions server, TimeProvider time)
    {
        var access = new ExampleCommand(
            "access",
            "Tell who saw or changed a patient's data, by actor.",
            "jamemr audit access 0195d3f0-0000-7000-8000-0000000000cc --server https://localhost:8443 --token-file t --from 2026-01-01 --to 2026-04-01");
        var patient = AuditCommand.Id("patient", "The patient's id.");
        access.Add(patient);
        var asked = new QueryOptions().Period().Page().AddTo(access);
        access.Shows(server, time, parsed => asked.PathOf(parsed, $"/v1/audit/patients/{parsed.GetRequiredValue(patient):D}/access"), WriteAccessAsync);
        yield return access;

        var disclosures = new ExampleCommand(
            "disclosures",
            "Account for a patient's disclosures (45 CFR 164.528), six years back unless said.",
            "jamemr audit disclosures 0195d3f0-0000-7000-8000-0000000000cc --server https://localhost:8443 --token-file t --for-patient");
        var of = AuditCommand.Id("patient", "The patient's id.");
        disclosures.Add(of);
        var when = new QueryOptions()
            .Text("--from", "from", "The first day, such as 2026-03-02.", "day")
            .Text("--to", "to", "The last day.", "day")
            .Flag("--for-patient", "forPatient", "As the patient gets it: without what is suspended.")
            .Page()
            .AddTo(disclosures);
        disclosures.Shows(server, time, parsed => when.PathOf(parsed, $"/v1/patients/{parsed.GetRequiredValue(of):D}/disclosures"), WriteDisclosuresAsync);
        yield return disclosures;
    }

    private static async Task WriteAccessAsync(TextWriter output, JsonElement page)
    {
        await WriteAsync(
            output,
            ["actor", "kind", "first", "last", "granted", "refused", "kinds of access"],
            page.GetProperty("items").EnumerateArray().Select(item => new[]
            {
                Text(item, "actor"), Text(item, "kind"), Text(item.GetProperty("first"), "time"), Text(item.GetProperty("last"), "time"), Text(item, "count"),
                Text(item, "refused"), string.Join(", ", item.GetProperty("kinds").EnumerateArray().Select(kind => $"{Text(kind, "event")} {Text(kind, "outcome")} {Text(kind, "count")}")),
            }));
        await WriteNextAsync(output, page);
    }

    private static async Task WriteDisclosuresAsync(TextWriter output, JsonElement page)
    {
        await WriteAsync(
            output,
            ["date", "recipient", "address", "description", "purpose", "suspended until", "id"],
            page.GetProperty("items").EnumerateArray().Select(item =>
            {
                var content = item.GetProperty("content");
                return new[]
                {
                    Text(content, "date"), Text(content, "recipient"), Text(content, "address"), Text(content, "description"), Text(content, "purpose"),
                    item.TryGetProperty("suspension", out var suspension) ? Text(suspension.GetProperty("content"), "until") : null, Text(item, "id"),
                };
            }));
        await WriteNextAsync(output, page);
    }
}
