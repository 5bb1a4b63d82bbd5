using System.Diagnostics;
using System.Net.Security;
using System.Security.Authentication;

namespace JamEmr.Bench.Api;

/// <summary>The api as its operator starts it: a process of its own on a data folder, found by what it prints.</summary>
internal sealed class ApiProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private readonly Process _process;

    private ApiProcess(Process process, Uri address, string? setupCode, TimeSpan ready, HttpClient client)
    {
        _process = process;
        Address = address;
        SetupCode = setupCode;
        Ready = ready;
        Client = client;
    }

    /// <summary>Where it serves.</summary>
    public Uri Address { get; }

    /// <summary>The one-time code of a fresh folder.</summary>
    public string? SetupCode { get; }

    /// <summary>From starting the process to <c>/health/ready</c> answering that it is.</summary>
    public TimeSpan Ready { get; }

    /// <summary>Its process, for what the operating system counts.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Talks to it.</summary>
    public HttpClient Client { get; }

    /// <summary>The memory it has in use, in bytes, as the operating system counts it.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The built api, or null where it was not built with the same configuration as this program.</summary>
    public static string? Find()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "JamEmr.Api", configuration, "JamEmr.Api.dll"));
        return File.Exists(path) ? path : null;
    }

    /// <summary>Starts it and answers when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready within a minute; the message says what it wrote.</exception>
    public static async Task<ApiProcess> StartAsync(string assembly, string dataFolder, CancellationToken ct)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in new[] { assembly, "--data", dataFolder, "--port", "0" }) start.ArgumentList.Add(argument);
        // What a user's shell says about diagnostics and environments is not part of the figure.
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        // One client drives all the load.
        start.Environment["JamEmr__RateLimits__PerAddress"] = "0";
        start.Environment["JamEmr__RateLimits__PerAccount"] = "0";
        start.Environment["JamEmr__RateLimits__RefusedPerAddress"] = "0";
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");

        var since = Stopwatch.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var client = NewClient();
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(StartLimit);
            string? code = null;
            Uri? address = null;
            while (address is null)
            {
                var line = await process.StandardOutput.ReadLineAsync(limit.Token)
                    ?? throw new InvalidOperationException($"The api ended: {await errors}");
                if (line.Split("set-up code: ") is [_, var found]) code = found.Trim();
                if (line.Split("serves at ") is [_, var rest]) address = new Uri(rest.Split(' ')[0]);
            }
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            client.BaseAddress = address;
            await UntilReadyAsync(client, limit.Token);
            return new ApiProcess(process, address, code, Stopwatch.GetElapsedTime(since), client);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            client.Dispose();
            throw;
        }
    }

    /// <summary>Ends it without a word, as the figures need no orderly stop.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Client.Dispose();
    }

    private static async Task UntilReadyAsync(HttpClient client, CancellationToken ct)
    {
        while (true)
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), ct);
            if (answer.IsSuccessStatusCode) return;
            await Task.Delay(TimeSpan.FromMilliseconds(5), ct);
        }
    }

    /// <summary>A client that trusts what speaks from this machine: the certificate is one that the child has just made.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.None,
            RemoteCertificateValidationCallback = static (sender, _, _, errors) =>
                (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0
                && sender is SslStream { TargetHostName: "127.0.0.1" or "localhost" or "::1" },
        },
    });
}
