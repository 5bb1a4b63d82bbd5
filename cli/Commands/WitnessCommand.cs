using System.CommandLine;
using System.Globalization;
using System.Net;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Witness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr witness</c>: keeps watch over logs from another machine.</summary>
internal static class WitnessCommand
{
    private const int MaxKeys = 1000;

    public static ExampleCommand Create()
    {
        var listen = new Option<string>("--listen") { Description = "The address to serve at. Port 0 takes a free one.", HelpName = "ip:port", DefaultValueFactory = _ => "127.0.0.1:8500" };
        var state = new Option<string>("--state") { Description = "The folder with the newest checkpoints, the witness's key and its evidence; made when missing. Keep it: a witness without memory witnesses nothing.", HelpName = "folder", Required = true };
        var logKey = new Option<string[]>("--log-key") { Description = "A log's public key, or a file with one on a line such as the log's \"keys\". May be given again.", HelpName = "key|file", Required = true };
        var name = new Option<string?>("--name") { Description = "The witness's name. Default: the name it has, or a new one.", HelpName = "name" };
        var certificate = new Option<string?>("--certificate") { Description = "A PEM certificate (chain) to serve HTTPS with. Without one, plain HTTP on this machine only.", HelpName = "file" };
        var key = new Option<string?>("--key") { Description = "The certificate's PEM key.", HelpName = "file" };
        var command = new ExampleCommand(
            "witness",
            "Co-sign a log's checkpoints as long as it only grows, and refuse a log that forked or went back. Best run where the log's keepers cannot reach.",
            "jamemr witness --state ./witness --log-key ./keys",
            "jamemr witness --listen 0.0.0.0:8500 --state /var/lib/jamemr-witness --log-key ./keys --name auditor.example/w1 --certificate cert.pem --key key.pem");
        foreach (var option in (Option[])[listen, state, logKey, name, certificate, key]) command.Add(option);
        command.SetAction(async (parsed, ct) =>
        {
            var console = parsed.InvocationConfiguration;
            try
            {
                var options = new WitnessServerOptions
                {
                    Listen = EndPointOf(parsed.GetRequiredValue(listen)),
                    StateFolder = parsed.GetRequiredValue(state),
                    LogKeys = KeysOf(parsed.GetRequiredValue(logKey)),
                    Name = parsed.GetValue(name),
                    CertificateFile = parsed.GetValue(certificate),
                    CertificateKeyFile = parsed.GetValue(key),
                };
                return await ServeAsync(options, console.Output, ct);
            }
            catch (Exception e) when (e is NoteException or ArgumentException)
            {
                await console.Error.WriteLineAsync(e.Message);
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static async Task<int> ServeAsync(WitnessServerOptions options, TextWriter output, CancellationToken ct)
    {
        await using var server = WitnessServer.Create(options, TimeProvider.System, Log);
        await server.StartAsync(ct);
        await output.WriteLineAsync($"Witness {server.Key.Name} serves at {server.Address} (Ctrl-C stops). Give its logs this key:");
        await output.WriteLineAsync(server.Key.ToString());
        await output.FlushAsync(ct);
        await server.WaitAsync(ct);
        return ExitCodes.Done;
    }

    // Its log goes to the error stream, so that what it prints stays what it prints.
    private static void Log(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
            console.UseUtcTimestamp = true;
        })
        .AddFilter("Microsoft", LogLevel.Warning)
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    private static IPEndPoint EndPointOf(string text) => IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal)
        ? endPoint
        : throw new ArgumentException("--listen must be an address and a port, such as 127.0.0.1:8500.");

    private static List<NoteVerifier> KeysOf(string[] given)
    {
        var keys = given.SelectMany(text => File.Exists(text) ? PublishedKeys.Parse(File.ReadAllText(text)).Verifiers : [NoteVerifier.Parse(text)]).Distinct().ToList();
        return keys.Count <= MaxKeys ? keys : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A witness takes at most {MaxKeys} keys."));
    }
}
