using System.Net;
using System.Net.Sockets;
using JamEmr.Engine.Clustering.Directory;
using JamEmr.Engine.Clustering.Membership;
using JamEmr.Engine.Clustering.Placement;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Engine.Clustering.Storage;
using JamEmr.Engine.Clustering.Streams;
using JamEmr.Engine.Postgres;
using JamEmr.Engine.Storage.Crypto;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.GrainDirectory;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Serialization;

namespace JamEmr.Engine.Clustering;

/// <summary>
/// The Orleans engine as our grains need it: PostgreSQL for membership, grain state, reminders, directory and streams, with
/// settings that lose nothing. Call filters and the grain storage serializer come from the services, as on the embedded engine.
/// </summary>
public static class OrleansEngine
{
    private const string Invariant = "Npgsql";
    private const int MostForwards = 32;
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IAmAlive = TimeSpan.FromSeconds(5);

    // How soon a client finds silos that came after all it knew had gone.
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    /// <summary>Makes the process a silo. Needs an <see cref="IGrainStorageSerializer"/> among the services.</summary>
    /// <exception cref="OptionsValidationException">The options could not work.</exception>
    public static ISiloBuilder AddOrleansEngine(this ISiloBuilder silo, Action<OrleansEngineOptions> configure)
    {
        var (options, connection) = Read(configure, isSilo: true);
        var services = silo.Services;
        AddCommon(services, options);
        services.SecureSilo(options.Tls);
        services.AddSingleton<OutsideCalls>();
        services.AddSingleton<IOutgoingGrainCallFilter>(static provider => provider.GetRequiredService<OutsideCalls>());
        services.AddSingleton(static provider => new SiloMark(provider.GetRequiredService<MasterKey>));
        services.AddSingleton<IOutgoingGrainCallFilter>(static provider => provider.GetRequiredService<SiloMark>());
        services.AddSingleton(provider => new ClusterControl(connection, provider.GetRequiredService<OutsideCalls>()));
        silo.UseSiloMetadata(new Dictionary<string, string>(options.Metadata, StringComparer.Ordinal));
        services.Configure<ClusterOptions>(o => SetCluster(o, options));
        services.Configure<SiloMessagingOptions>(o =>
        {
            o.ResponseTimeout = options.ResponseTimeout;
            // A request that meets one leaving activation after another goes on looking; Orleans' default of 2 would refuse it.
            o.MaxForwardCount = MostForwards;
        });
        services.Configure<ClusterMembershipOptions>(o =>
        {
            (o.ProbeTimeout, o.NumMissedProbesLimit, o.NumVotesForDeathDeclaration) = (options.ProbeTimeout, options.MissedProbes, options.DeathVotes);
            // Deaths are told by gossip; the table is read for those who missed it.
            o.TableRefreshTimeout = TableRefresh;
            // A row that a silo left behind by its death is known for one after three of these, by the clocks of two machines:
            // ClusterClock sees to it that they agree.
            o.IAmAliveTablePublishTimeout = IAmAlive;
        });
        services.Configure<GrainCollectionOptions>(o =>
        {
            o.CollectionAge = options.IdleAge;
            o.CollectionQuantum = TimeSpan.FromTicks(Math.Clamp(options.IdleAge.Ticks / 4, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute));
        });
        AddEndpoints(silo, options);
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        silo.AddDrainableDirectory(Invariant, connection);
        services.AddSingleton<IGrainDirectoryCache>(LeavingSilosCache.Create);
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, HandOver>();
        silo.AddSealedStorage(options, connection);
        silo.AddSealedStreams(options, connection);
        WorkerCancellation.AddTo(silo);
        silo.AddIncomingGrainCallFilter<SiloLease>();
        return silo;
    }

    /// <summary>Makes the process a client of the cluster. It goes on trying to connect until it is stopped.</summary>
    /// <exception cref="OptionsValidationException">The options could not work.</exception>
    public static IClientBuilder AddOrleansEngine(this IClientBuilder client, Action<OrleansEngineOptions> configure)
    {
        var (options, connection) = Read(configure, isSilo: false);
        client.Services.SecureClient(options.Tls);
        AddCommon(client.Services, options);
        client.Services.Configure<ClusterOptions>(o => SetCluster(o, options));
        client.Services.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = options.ResponseTimeout);
        client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        client.Services.Configure<GatewayOptions>(static o => o.GatewayListRefreshPeriod = GatewayRefresh);
        client.UseConnectionRetryFilter<PatientConnection>();
        return client;
    }

    /// <summary>Has the grain classes that a predicate names run only on silos whose metadata says that inference is done there
    /// (<see cref="OrleansEngineOptions.InferenceOn"/>).</summary>
    public static ISiloBuilder PlaceInference(this ISiloBuilder silo, Func<Type, bool> isMeant)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(isMeant);
        silo.Services.AddPlacementFilter<RequiredMetadata, RequiredMetadataDirector>(ServiceLifetime.Transient);
        silo.Services.AddSingleton<IGrainPropertiesProvider>(provider => new RequiredMetadataProvider(provider, isMeant));
        return silo;
    }

    private static (OrleansEngineOptions Options, string Connection) Read(Action<OrleansEngineOptions> configure, bool isSilo)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new OrleansEngineOptions();
        configure(options);
        var result = new OrleansEngineOptionsValidator(isSilo).Validate(null, options);
        if (result.Failed) throw new OptionsValidationException(nameof(OrleansEngineOptions), typeof(OrleansEngineOptions), result.Failures);
        return (options, ClusterConnection.Of(options.FindConnectionString()!));
    }

    private static void AddCommon(IServiceCollection services, OrleansEngineOptions options)
    {
        services.AddSingleton(options);
        // Orleans writes what a grain method threw, words and all, under this category; our own logs say what may be said.
        services.AddLogging(static logging => logging.AddFilter("Orleans.Grain.InvokeException", LogLevel.None));
        // Our errors carry their own serializers; should one lack it, type and message still cross.
        // And what a provider cannot find in the database, such as where a grain is, it answers with the database's own error.
        services.Configure<ExceptionSerializationOptions>(o =>
        {
            o.SupportedNamespacePrefixes.Add("JamEmr");
            o.SupportedNamespacePrefixes.Add("Npgsql");
        });
    }

    private static void SetCluster(ClusterOptions cluster, OrleansEngineOptions options) =>
        (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId);

    private static void AddEndpoints(ISiloBuilder silo, OrleansEngineOptions options)
    {
        if (options.AdvertisedAddress is { } address) silo.ConfigureEndpoints(IPAddress.Parse(address), options.SiloPort, options.GatewayPort);
        else silo.ConfigureEndpoints(options.SiloPort, options.GatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: false);
    }
}
