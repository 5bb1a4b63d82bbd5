using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Ledger.Sqlite;
using JamEmr.Operations;
using JamEmr.Practices;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>All grains on the selected engine, with a real database and a real ledger in a folder of the test's own, and time that the test
/// moves. What fails is the disk, by way of <see cref="Publishing"/> and <see cref="Ledger"/>.</summary>
public sealed class GrainHost : IAsyncDisposable
{
    // Everyone in a test comes from one address.
    private static readonly AttemptLimit AttemptsPerAddress = AttemptLimit.Address with { Free = 10_000 };
    private static readonly byte[] SecretKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private readonly string _folder;
    private readonly Action<IServiceCollection>? _also;
    private IHost? _host;
    private WatchedLedger? _ledger;

    private GrainHost(string folder, Action<IServiceCollection>? also) => (_folder, _also) = (folder, also);

    /// <summary>The one clock.</summary>
    public ManualTimeProvider Time { get; } = new();

    /// <summary>Lets audit records through, or not.</summary>
    public PublishSwitch Publishing { get; } = new();

    /// <summary>Everything the grains logged: messages of the service, not audit.</summary>
    public LogLines Logs { get; } = new();

    /// <summary>The ledger behind the sinks.</summary>
    public WatchedLedger Ledger => _ledger ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>Reaches grains from outside, with the request context of the caller of this.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _host?.Services ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>Starts all grains on a fresh folder.</summary>
    /// <param name="also">Services that take the place of the usual ones.</param>
    public static async Task<GrainHost> StartAsync(Action<IServiceCollection>? also = null)
    {
        if (SelectedEngine.WhyNot() is { } reason) Assert.Skip(reason);
        var host = new GrainHost(Directory.CreateTempSubdirectory("jamemr-grains-").FullName, also);
        try
        {
            await host.StartCoreAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops in order and starts again on the same folder.</summary>
    /// <param name="prepare">What the new ledger is told before the host starts.</param>
    public async Task RestartAsync(Action<WatchedLedger>? prepare = null)
    {
        await StopAsync();
        await StartCoreAsync(prepare);
    }

    /// <summary>Founds a practice the way an operator and its first administrator do.</summary>
    /// <param name="code">Its code; one of its own where not said.</param>
    /// <param name="officers">Whom it has from the beginning besides: both officers where not said.</param>
    public async Task<TestPractice> FoundPracticeAsync(string? code = null, params Role[]? officers)
    {
        code ??= TestPractice.NewCode();
        if (officers is null or []) officers = [Role.SecurityOfficer, Role.PrivacyOfficer];
        var setupCode = await new Actor(this, Caller.Host("founding")).CallSystemAsync("further-practice", (IFurtherPracticeGrain g) => g.IssueCodeAsync("test"));
        var administrator = new CreateUser("admin", "First Administrator", [Role.Administrative]);
        var request = new SetupRequest(
            setupCode.Code!,
            new FoundPractice(code, "Test Practice", "America/New_York"),
            administrator,
            [.. officers.Where(role => role is not Role.Administrative).Select(role => new CreateUser(TestPractice.LoginOf(role), $"First {role}", [role]))]);
        var founded = await Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
        return new TestPractice(this, founded.Practice.Id, code) { AdministratorCode = founded.Enrolments[0].Code };
    }

    /// <summary>Somebody who has not signed in.</summary>
    public Actor Anonymous() => new(this, Caller.Anonymous("192.0.2.7", TestPractice.NewCorrelation()));

    /// <summary>Lets time pass, a second at a time, until something has happened that only needs time.</summary>
    public async Task PassUntilAsync(Task happening)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (!happening.IsCompleted)
        {
            guard.Token.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromSeconds(1));
            // What fell due is taken up on other threads; only then does the next second make sense.
            await Task.WhenAny(happening, Task.Delay(TimeSpan.FromMilliseconds(10), guard.Token));
        }
    }

    /// <summary>Lets time pass until work on a log is no longer refused.</summary>
    public Task PassUntilOpenAsync(string log) => PassUntilAsync(() => Services.GetRequiredService<AuditGateState>().ReasonFor(log) is ClosedBecause.Nothing);

    /// <summary>Lets time pass until something is so.</summary>
    public async Task PassUntilAsync(Func<bool> condition)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(TimeSpan.FromMilliseconds(10), guard.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartCoreAsync(Action<WatchedLedger>? prepare = null)
    {
        _ledger = new WatchedLedger(await SqliteLedgerStore.OpenAsync(Path.Combine(_folder, "ledger"), ct: TestContext.Current.CancellationToken));
        prepare?.Invoke(_ledger);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders().AddProvider(Logs).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddJamEmrGrains(_ => new GrainsOptions { SecretKey = SecretKey, PasswordIterations = 1_000, AttemptsPerAddress = AttemptsPerAddress }, _ => Ledger);
        SelectedEngine.Add(builder.Services, _folder, Publishing);
        builder.Services.AddAuditWatch(_ => new ServiceFacts("test", "configuration"));
        _also?.Invoke(builder.Services);
        _host = builder.Build();
        await _host.StartAsync(TestContext.Current.CancellationToken);
    }

    private async Task StopAsync()
    {
        if (_host is null) return;
        try
        {
            await _host.StopAsync(CancellationToken.None);
        }
        catch (OperationCanceledException e)
        {
            throw new InvalidOperationException($"The host did not stop in time. What it said last:\n{string.Join('\n', Logs.All.TakeLast(40))}", e);
        }

        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        await Ledger.DisposeAsync();
        _host = null;
    }
}

/// <summary>One host for all tests of a class that neither move time nor break anything.</summary>
public sealed class GrainFixture : IAsyncLifetime
{
    private GrainHost? _host;

    /// <summary>The running host. A test that asks for one where its engine cannot run is skipped; a fixture cannot be.</summary>
    public GrainHost Host
    {
        get
        {
            if (SelectedEngine.WhyNot() is { } reason) Assert.Skip(reason);
            return _host ?? throw new InvalidOperationException("The host has not started.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (SelectedEngine.WhyNot() is null) _host = await GrainHost.StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }
}
