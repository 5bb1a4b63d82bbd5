using System.Reflection;
using JamEmr.Audit;
using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Storage;
using JamEmr.Engine.Postgres;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Postgres;
using JamEmr.Operations;
using JamEmr.Service;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans;
using Orleans.Runtime;

namespace JamEmr.Silo;

/// <summary>Builds a silo: the grains, and the engine that runs them in a cluster. Everything a silo is made of is listed here.</summary>
internal static class SiloHost
{
    private const string Section = "JamEmr";

    // In the current folder, unless other places are configured.
    private const string BaseName = "jamemr";

    private static readonly string Version =
        typeof(SiloHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Makes sure that the cluster's database has the tables that this program works on, and that this machine's clock agrees with it.</summary>
    /// <exception cref="SchemaMismatchException">It has not.</exception>
    /// <exception cref="ClockSkewException">It does not.</exception>
    public static async Task CheckDatabaseAsync(IHost host, CancellationToken ct)
    {
        var connection = host.Services.GetRequiredService<OrleansEngineOptions>().FindConnectionString()!;
        await ClusterSchema.RequireAsync(connection, ct);
        await ClusterClock.RequireAsync(connection, host.Services.GetRequiredService<TimeProvider>(), ct);
    }

    /// <summary>A silo ready to run. Settings: sections <c>JamEmr</c> (<see cref="SiloOptions"/>) and <c>JamEmr:Cluster</c>
    /// (<see cref="OrleansEngineOptions"/>) of the configuration, the environment or the command line.</summary>
    public static IHost Build(string[] args) => Builder(args).Build();

    /// <summary>What <see cref="Build"/> builds, before it is built.</summary>
    public static HostApplicationBuilder Builder(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        var section = builder.Configuration.GetSection(Section);
        var options = Read(section);
        // First to start and last to stop: it says how the rest is.
        builder.Services.AddSingleton(options.Health);
        builder.Services.AddSingleton<SiloReadiness>();
        builder.Services.AddHostedService<HealthServer>();
        builder.Services.AddSingleton(_ => new Telemetry("jamemr-silo", options.OtlpEndpoint));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        builder.Services.AddSingleton(new AuditWatchOptions { WriteLimit = options.WriteLimit, ProbeLimit = options.WriteLimit * 0.8 });
        builder.Services.AddSingleton<IFrontDoors, FrontDoors>();
        // Before the access filter of the grains.
        builder.Services.AddSingleton<IIncomingGrainCallFilter, FrontDoorFilter>();
        builder.Services.AddJamEmrGrains(
            services => new GrainsOptions
            {
                SecretKey = services.GetRequiredService<MasterKey>().Derive("grain-secrets"),
                PasswordIterations = options.PasswordHashIterations,
                PublicHost = options.PublicHost,
                AttemptsPerAddress = AttemptLimit.Address with { Free = options.FreeFailuresPerAddress },
            },
            services => OpenLedger(services.GetRequiredService<OrleansEngineOptions>(), options));
        builder.Services.AddSingleton<IStateFence, StateFence>();
        // Before the silo, so that a ledger that is not what was signed is found before it hosts a grain.
        builder.Services.AddCheckpoints(
            new CheckpointSettings(
                options.Checkpoints.Folder ?? CheckpointFolder.BesideFolder(BaseName),
                options.Checkpoints.KeyFile ?? NoteKeyFile.BesideFolder(BaseName),
                options.Checkpoints.Interval),
            options.Checkpoints.Clients());
        builder.UseOrleans(silo => silo
            .AddOrleansEngine(section.GetSection("Cluster").Bind)
            .PlaceInference(static grain => grain.IsDefined(typeof(NeedsInferenceAttribute), inherit: false)));
        builder.Services.AddSingleton<IHostEngine, HostEngine>();
        // After the silo: it records that it started, and it is what opens the gate again after a write that was too slow.
        builder.Services.AddAuditWatch(_ => new ServiceFacts(Version, options.Hash()));
        return builder;
    }

    /// <summary>What to tell the operator of a failure to start; null for a defect, which keeps its stack trace.</summary>
    public static string? Sentence(Exception e) => e switch
    {
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        SchemaMismatchException or ClockSkewException or MasterKeyMismatchException or LedgerUnavailableException or NoteException => e.Message,
        DomainException domain => domain.Message,
        OrleansConfigurationException => e.Message,
        NpgsqlException => $"The database cannot be used: {e.Message}",
        TimeoutException => "The cluster or its database did not answer in time. Start the silo again; if it lasts, check PostgreSQL and the other silos.",
        IOException or UnauthorizedAccessException => e.Message,
        _ => null,
    };

    private static SiloOptions Read(IConfiguration section)
    {
        var options = section.Get<SiloOptions>() ?? new SiloOptions();
        var failures = options.Failures().ToList();
        return failures.Count == 0 ? options : throw new OptionsValidationException(nameof(SiloOptions), typeof(SiloOptions), failures);
    }

    // Asked for by the first grain that needs it, on that grain's scheduler, which must not be waited for: hence another thread.
    // The engine has checked that there is a connection string.
    private static PostgresLedgerStore OpenLedger(OrleansEngineOptions cluster, SiloOptions options) => Task.Run(() => PostgresLedgerStore.OpenAsync(
        PatientFor(options.WriteLimit, new PostgresLedgerOptions
        {
            ConnectionString = cluster.FindConnectionString()!,
            Schema = options.LedgerSchema,
            MakeTables = false,
        }))).GetAwaiter().GetResult();

    // Where states may take longer than the ledger would give its database, records may too. Who connects or holds others up gets no more time for it.
    private static PostgresLedgerOptions PatientFor(TimeSpan writeLimit, PostgresLedgerOptions ledger)
    {
        var limit = TimeSpan.FromSeconds(Math.Ceiling(writeLimit.TotalSeconds));
        return ledger with { HoldTimeout = ledger.Timeout, Timeout = limit > ledger.Timeout ? limit : ledger.Timeout, QueryTimeout = limit > ledger.QueryTimeout ? limit : ledger.QueryTimeout };
    }
}
