using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace JamEmr.Bench.Http;

/// <summary>The ceiling: Kestrel with the same certificate, one route, 1 kB of JSON, no questions asked.</summary>
internal static class BareServer
{
    /// <summary>Serves until killed; prints its address as the api does.</summary>
    public static async Task RunAsync(string certificateFolder, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(
                X509Certificate2.CreateFromPemFile(Path.Combine(certificateFolder, "localhost.crt"), Path.Combine(certificateFolder, "localhost.key"))));
        });
        await using var app = builder.Build();
        var answer = new Kilobyte(Guid.Empty, "MRN-000001", new string('x', 900));
        app.MapGet("/", () => TypedResults.Ok(answer));
        await app.StartAsync(ct);
        await Console.Out.WriteLineAsync($"Bare Kestrel serves at {app.Urls.First()} ({Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(answer))} bytes of JSON).");
        await app.WaitForShutdownAsync(ct);
    }

    private sealed record Kilobyte(Guid Id, string Mrn, string Text);
}
