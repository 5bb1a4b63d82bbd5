using System.CommandLine;
using JamEmr.Cli.Client;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr audit export</c>: everything that matches, into a file.</summary>
internal static class AuditExportCommand
{
    public static ExampleCommand Create(ServerOptions server, TimeProvider time)
    {
        var export = new ExampleCommand(
            "export",
            "Export records as NDJSON, CSV or a FHIR bundle. Needs a session that was re-authenticated within 5 minutes. To verify a log without"
            + " the service, see: jamemr export.",
            "jamemr audit export --server https://localhost:8443 --token-file t --format csv --from 2026-03-01 --to 2026-04-01 --out march.csv",
            "jamemr audit export --server https://localhost:8443 --token-file t --format ndjson --out - | wc -l");
        var format = new Option<string>("--format") { Description = "How it is written.", Required = true };
        format.AcceptOnlyFromAmong("ndjson", "csv", "fhir");
        var file = new Option<string>("--out") { Description = "The file to write, which must be new; - for standard output.", HelpName = "file", Required = true };
        export.Add(format);
        export.Add(file);
        var asked = QueryOptions.Records().Order().AddTo(export);
        export.Asks(server, time, async (parsed, connection, ct) =>
        {
            var path = asked.PathOf(parsed, "/v1/audit/export", ("format", parsed.GetRequiredValue(format)));
            var name = parsed.GetRequiredValue(file);
            using var response = await connection.OpenAsync(path, null, ct);
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            if (name is "-")
            {
                using var reader = new StreamReader(body);
                var output = parsed.InvocationConfiguration.Output;
                var buffer = new char[16 * 1024];
                while (await reader.ReadAsync(buffer, ct) is > 0 and var read) await output.WriteAsync(buffer.AsMemory(0, read), ct);
            }
            else
            {
                await SaveAsync(body, name, ct);
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"Written: {name}");
            }

            return ExitCodes.Done;
        });
        return export;
    }

    // Under another name until it is whole, readable by nobody else: nobody takes a part for the whole.
    private static async Task SaveAsync(Stream body, string name, CancellationToken ct)
    {
        if (File.Exists(name)) throw new IOException($"{name} is there already: choose another name.");
        var part = name + ".part";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var to = new FileStream(part, options);
        try
        {
            await using (to) await body.CopyToAsync(to, ct);
            File.Move(part, name);
        }
        catch (Exception e)
        {
            File.Delete(part);
            if (e is HttpIOException) throw new ApiFailure("The server broke the export off; nothing was kept. Try again.");
            throw;
        }
    }
}
