extern alias silo;

using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Engine.Clustering;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Ledger.Postgres;
using JamEmr.Operations;
using JamEmr.Practices;
using JamEmr.Tests.Cluster.InProcess;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Reminders;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using silo::JamEmr.Silo;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>All grains on several silos, each with a ledger store of its own on the one ledger, and a client that calls them from outside.</summary>
public sealed class GrainHost : IAsyncDisposable
{
    private const string Inner = "audit-inner";
    private static readonly AttemptLimit AttemptsPerAddress = AttemptLimit.Address with { Free = 10_000 };
    private static readonly byte[] SecretKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private readonly ClusterDatabase _database;
    private readonly bool _isFenced;
    private readonly InferringSilos? _inferring;
    private TestSilos? _silos;

    private GrainHost(ClusterDatabase database, bool isFenced, InferringSilos? inferring) =>
        (_database, _isFenced, _inferring) = (database, isFenced, inferring);

    /// <summary>The one clock of grains and reminders.</summary>
    public ManualTimeProvider Time { get; } = new();

    /// <summary>Lets audit records through, or not; the same for all silos.</summary>
    public PublishSwitch Publishing { get; } = new();

    /// <summary>Everything that the silos logged.</summary>
    public LogLines Logs { get; } = new();

    /// <summary>Reaches grains from outside, with the request context of the caller of this.</summary>
    public IGrainFactory Grains => Cluster.Client;

    internal TestSilos Cluster => _silos ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>Starts all grains on a fresh database.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="isFenced">Whether states in memory are compared with the stored ones; they are not only to see what would happen.</param>
    /// <param name="inferring">Which silos draft, and with what; all of them with the usual drafter where not said.</param>
    internal static async Task<GrainHost> StartAsync(int silos = 2, bool isFenced = true, InferringSilos? inferring = null)
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        var host = new GrainHost(await ClusterDatabase.CreateAsync(), isFenced, inferring);
        try
        {
            host._silos = await TestSilos.StartAsync(silos, host._database, host.AddServices, host.Configure);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Founds a practice the way an operator and its first administrator do.</summary>
    public async Task<TestPractice> FoundPracticeAsync()
    {
        var code = TestPractice.NewCode();
        var setupCode = await new Actor(this, Caller.Host("founding")).CallSystemAsync("further-practice", (IFurtherPracticeGrain g) => g.IssueCodeAsync("test"));
        Role[] officers = [Role.SecurityOfficer, Role.PrivacyOfficer];
        var request = new SetupRequest(
            setupCode.Code!,
            new FoundPractice(code, "Test Practice", "America/New_York"),
            new CreateUser("admin", "First Administrator", [Role.Administrative]),
            [.. officers.Select(role => new CreateUser(TestPractice.LoginOf(role), $"First {role}", [role]))]);
        var founded = await Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
        return new TestPractice(this, founded.Practice.Id, code) { AdministratorCode = founded.Enrolments[0].Code };
    }

    /// <summary>Somebody who has not signed in.</summary>
    public Actor Anonymous() => new(this, Caller.Anonymous("192.0.2.7", TestPractice.NewCorrelation()));

    /// <summary>Calls a grain by way of one silo, which also gets its activation where the directory knows of none.</summary>
    public static async Task<T> CallByAsync<TGrain, T>(InProcessSiloHandle silo, Caller caller, string key, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey
    {
        RequestContext.Clear();
        CallerContext.Set(caller);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
        return await call(silo.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(key)).Soon();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_silos is not null) await _silos.DisposeAsync();
        await _database.DisposeAsync();
    }

    private void Configure(OrleansEngineOptions options)
    {
        if (_inferring is null || _inferring.TakesNext()) options.Metadata["gpu"] = "true";
        options.StreamTakeover = TimeSpan.FromSeconds(2);
        // No test is about it, and a machine that does much else is slow.
        options.ResponseTimeout = TimeSpan.FromMinutes(1);
        options.StreamProviders.Clear();
        options.StreamProviders.Add(Inner);
    }

    private void AddServices(ISiloBuilder silo)
    {
        var services = silo.Services;
        // The conformance suite's grains are in this process too, and some bear the same names.
        services.PostConfigure<GrainTypeOptions>(o => o.Classes.RemoveWhere(type => type.Assembly == typeof(GrainHost).Assembly));
        services.AddLogging(logging => logging.AddProvider(Logs).SetMinimumLevel(LogLevel.Information));
        services.AddSingleton<TimeProvider>(Time);
        // Only the grains' own clock and that of reminders: with it, Orleans' loops and its reading of streams would stand still.
        foreach (var area in (string[])
            [TimeProviderNames.Grains, TimeProviderNames.Messaging, TimeProviderNames.SystemTimers, TimeProviderNames.Membership,
             TimeProviderNames.ActivationManagement, TimeProviderNames.GrainDirectory, StreamingTimeProviderNames.Streaming])
        {
            services.AddKeyedSingleton(area, TimeProvider.System);
        }

        services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, Time);
        silo.PlaceInference(static grain => grain.IsDefined(typeof(NeedsInferenceAttribute), inherit: false));
        if (_inferring is not null) services.AddSingleton(_inferring.DrafterOf);
        services.AddJamEmrGrains(
            _ => new GrainsOptions { SecretKey = SecretKey, PasswordIterations = 1_000, AttemptsPerAddress = AttemptsPerAddress }, _ => OpenLedger());
        if (_isFenced) services.AddSingleton<IStateFence, StateFence>();
        services.AddKeyedSingleton<IStreamProvider>(
            AuditStream.Provider, (provider, _) => new SwitchedStreams(provider.GetRequiredKeyedService<IStreamProvider>(Inner), Publishing));
        // As SiloHost does, without a watch of the log, which goes by the clock: nothing here is about slow disks.
        services.AddSingleton(_ => new ServiceFacts("test", "configuration"));
    }

    private PostgresLedgerStore OpenLedger() => Task.Run(() => PostgresLedgerStore.OpenAsync(
        new PostgresLedgerOptions { ConnectionString = _database.Connection, Timeout = TimeSpan.FromSeconds(30) })).GetAwaiter().GetResult();
}
