using System.CommandLine;
using System.Text.Json;

namespace JamEmr.Bench.Ledger;

/// <summary>The command <c>ledger</c>.</summary>
internal static class LedgerCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Declares options and action.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON line instead of text." };
        var folder = new Option<DirectoryInfo?>("--folder")
        {
            Description = "Where to make the (temporary) ledger; its disk is what is measured, and takes some 400 bytes per record. Default: artifacts/bench below the current folder.",
        };
        var records = new Option<long>("--records") { Description = "Records in the log when proofs and pages are measured.", DefaultValueFactory = static _ => 200_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long appending is measured.", DefaultValueFactory = static _ => 10 };
        var callers = new Option<int>("--callers") { Description = "How many append at once, each awaiting every record.", DefaultValueFactory = static _ => 64 };
        var keep = new Option<bool>("--keep") { Description = "Leaves the ledger in the folder, and measures the one that an earlier run left there: filling it up takes longest." };
        var asked = new Option<int>("--asked") { Description = "How often each kind of page is asked for.", DefaultValueFactory = static _ => 40 };
        var postgres = new Option<string?>("--postgres") { Description = "How to reach a PostgreSQL database to keep the ledger in instead, in a schema of its own." };
        foreach (var positive in new[] { seconds, callers, asked })
            positive.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1) result.AddError($"{positive.Name} must be 1 or more.");
            });
        records.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() is < 1000 or > 1_000_000_000) result.AddError("--records must be 1000 to 1000000000.");
        });

        var command = new Command(
            "ledger",
            """
            Durable records per second, inclusion proofs, pages by every column, verification and bytes on disk of the audit
            ledger, beside the disk's fdatasync per second in the same run.

            Example:
              dotnet run -c Release --project bench -- ledger --json --records 10000000 --folder /var/tmp/bench
              dotnet run -c Release --project bench -- ledger --postgres "Host=/var/run/postgresql;Database=bench"
            """);
        foreach (var option in new Option[] { json, folder, records, seconds, callers, asked, keep, postgres }) command.Options.Add(option);
        command.SetAction(async (result, ct) =>
        {
            var report = await LedgerBenchmark.RunAsync(
                new LedgerBenchmarkOptions(
                    result.GetValue(folder)?.FullName ?? Path.Combine(Environment.CurrentDirectory, "artifacts", "bench"),
                    result.GetValue(records),
                    TimeSpan.FromSeconds(result.GetValue(seconds)),
                    result.GetValue(callers),
                    result.GetValue(asked),
                    result.GetValue(keep),
                    result.GetValue(postgres)),
                Console.Error.WriteLine,
                ct);
            await Console.Out.WriteLineAsync(result.GetValue(json) ? JsonSerializer.Serialize(report, Json) : report.ToText());
            return 0;
        });
        return command;
    }
}
