using System.Globalization;
using JamEmr.Access;
using JamEmr.Api.Errors;
using JamEmr.Api.Hosting;
using JamEmr.Audit;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Files;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Sqlite;
using JamEmr.Operations;

namespace JamEmr.Api.Composition;

/// <summary>Hosts the grains in this process on the embedded engine. The one file of api that knows grains and engine.</summary>
public static class EngineComposition
{
    /// <summary>Adds engine and grains. The engine locks the data folder before the ledger in it is opened.</summary>
    public static void Add(WebApplicationBuilder builder, ApiOptions options)
    {
        builder.Services.AddSingleton(new AuditWatchOptions { WriteLimit = options.WriteLimit, ProbeLimit = options.WriteLimit * 0.8 });
        builder.Services.AddJamEmrGrains(
            services => new GrainsOptions
            {
                SecretKey = services.GetRequiredService<MasterKey>().Derive("grain-secrets"),
                PasswordIterations = options.PasswordHashIterations,
                PublicHost = options.PublicHost ?? (options.Port is 0 or 443 ? "localhost" : string.Create(CultureInfo.InvariantCulture, $"localhost:{options.Port}")),
                AttemptsPerAddress = AttemptLimit.Address with { Free = options.FreeFailuresPerAddress },
            },
            _ => OpenLedger(Path.Combine(options.DataFolder, "ledger")));
        builder.Services.AddEmbeddedEngine(
            engine =>
            {
                engine.DataFolder = options.DataFolder;
                engine.MasterKeyFile = options.MasterKeyFile;
                engine.StreamProviders.Add(AuditStream.Provider);
            },
            typeof(PolicyTable).Assembly);
        builder.Services.AddSingleton<IHostEngine>(services => new HostEngine(services.GetRequiredService<EngineControl>()));
        builder.Services.AddCheckpoints(
            new CheckpointSettings(
                options.Checkpoints.Folder ?? CheckpointFolder.BesideFolder(options.DataFolder),
                options.Checkpoints.KeyFile ?? NoteKeyFile.BesideFolder(options.DataFolder),
                options.Checkpoints.Interval),
            options.Checkpoints.Clients());
        builder.Services.AddAuditWatch(_ => new ServiceFacts(ApiVersion.Current, options.Hash()));
        builder.Services.AddSingleton(new EngineFaults(e =>
            e is StorageUnavailableException or SiloUnavailableException or LedgerUnavailableException or DamagedRowException));
        builder.Services.AddSingleton<EngineHealth>(services =>
        {
            var life = services.GetRequiredService<IHostApplicationLifetime>();
            var gate = services.GetRequiredService<AuditGateState>();
            var alarm = services.GetRequiredService<LedgerAlarm>();
            var probe = new DataFolderProbe(options.DataFolder, services.GetRequiredService<TimeProvider>());
            return new EngineHealth(_ => ValueTask.FromResult(
                life.ApplicationStarted.IsCancellationRequested
                && !life.ApplicationStopping.IsCancellationRequested
                && !gate.IsClosed
                && gate.ClosedLogs().Count == 0
                && !alarm.IsRaised
                && probe.IsWritable()));
        });
    }

    // Asked for by the first grain that needs it, on that grain's scheduler, which must not be waited for: hence another thread.
    private static SqliteLedgerStore OpenLedger(string folder) => Task.Run(() => SqliteLedgerStore.OpenAsync(folder)).GetAwaiter().GetResult();

    private sealed class HostEngine(EngineControl engine) : IHostEngine
    {
        public Task ProbeAsync() => engine.ProbeAsync();

        public void RefuseCalls(Func<Exception> error) => engine.RefuseCalls(error);
    }

    /// <summary>Whether this process hosts the grains, and its operator the practices.</summary>
    public static bool HostsGrains => true;

    /// <summary>Whether an exception of the start tells the operator what to do, in one sentence.</summary>
    public static bool IsStartFailure(Exception e) =>
        e is MasterKeyException or DataFolderInUseException or StorageUnavailableException or LedgerUnavailableException or NoteException;
}
