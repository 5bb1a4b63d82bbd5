using System.Collections.Concurrent;
using System.Net;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Witness;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Unit.Checkpoints;

/// <summary>A witness that serves real HTTP on this machine and is gone after the test.</summary>
internal sealed class TempWitness : IAsyncDisposable
{
    private readonly WitnessServer _server;
    private readonly bool _ownsFolder;

    private TempWitness(WitnessServer server, string folder, bool ownsFolder, Lines lines) => (_server, Folder, _ownsFolder, Log) = (server, folder, ownsFolder, lines);

    public string Folder { get; }

    /// <summary>What it logged: level and message.</summary>
    public Lines Log { get; }

    public Uri Address => _server.Address;

    public NoteVerifier Key => _server.Key;

    public static async Task<TempWitness> StartAsync(IReadOnlyList<NoteVerifier> logKeys, TimeProvider time, string? folder = null, (string Certificate, string Key)? tls = null)
    {
        var lines = new Lines();
        var state = folder ?? Directory.CreateTempSubdirectory("jamemr-witness-").FullName;
        var options = new WitnessServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            StateFolder = state,
            LogKeys = logKeys,
            CertificateFile = tls?.Certificate,
            CertificateKeyFile = tls?.Key,
        };
        var server = WitnessServer.Create(options, time, logging => logging.AddProvider(lines));
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new TempWitness(server, state, folder is null, lines);
    }

    public WitnessClient Client() => new(Address, Key);

    public string[] Evidence() => Directory.Exists(Path.Combine(Folder, "evidence")) ? Directory.GetFiles(Path.Combine(Folder, "evidence")) : [];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Collects log lines.</summary>
    internal sealed class Lines : ConcurrentQueue<(LogLevel Level, string Text)>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => categoryName == "JamEmr.Witness" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
