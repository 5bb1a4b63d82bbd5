using JamEmr.Engine.Hosting;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JamEmr.Tests.Engine.Hosting;

/// <summary>The embedded engine on a clock that the test moves.</summary>
internal sealed class EmbeddedEngineHost : EngineHost
{
    private readonly EmbeddedEngineStorage? _own;
    private readonly EngineSettings _settings;
    private readonly ManualTimeProvider _clock = new();
    private IHost? _host;

    private EmbeddedEngineHost(EngineSettings settings)
    {
        _settings = settings;
        _own = settings.Storage is null ? new EmbeddedEngineStorage() : null;
        Storage = settings.Storage ?? _own!.Location;
    }

    public override string Storage { get; }

    public override IGrainFactory Grains => Running.Services.GetRequiredService<IGrainFactory>();

    // The clock goes by days in some tests, while calls are under way.
    public override TimeSpan CallTimeout => _settings.Impatient ? TimeSpan.FromSeconds(30) : TimeSpan.FromDays(1);

    public override TimeSpan IdleAge => TimeSpan.FromMinutes(15);

    public override TimeSpan TimerPeriod => TimeSpan.FromSeconds(10);

    public override TimeSpan ReminderPeriod => TimeSpan.FromMinutes(10);

    public override bool CanJump => true;

    public override DateTimeOffset Now => _clock.GetUtcNow();

    public override EngineMetrics Metrics { get; } = new(
        Calls: "jamemr.engine.calls",
        Latency: "jamemr.engine.call.duration",
        Activations: "jamemr.engine.activations",
        QueueLength: "jamemr.engine.queue.length",
        StorageLatency: "jamemr.engine.storage.duration",
        StreamLag: "jamemr.engine.stream.lag",
        ReminderLateness: "jamemr.engine.reminder.lateness");

    private IHost Running => _host ?? throw new InvalidOperationException("The engine does not run.");

    public static async Task<EmbeddedEngineHost> StartWithAsync(EngineSettings settings)
    {
        var host = new EmbeddedEngineHost(settings);
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public override Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.CompletedTask;
    }

    public override void Jump(TimeSpan by) => _clock.Jump(by);

    public override async Task RestartAsync(TimeSpan downFor = default)
    {
        await StopAsync();
        _clock.Advance(downFor);
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_host is not null) await StopAsync();
        if (_own is not null) await _own.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<TimeProvider>(_settings.SystemClock ? TimeProvider.System : _clock);
        builder.Services.AddSingleton<IIncomingGrainCallFilter, OuterFilter>();
        builder.Services.AddSingleton<IIncomingGrainCallFilter, InnerFilter>();
        builder.Services.AddEmbeddedEngine(
            options =>
            {
                options.DataFolder = Storage;
                options.ResponseTimeout = CallTimeout;
                options.IdleAge = IdleAge;
                options.StreamProviders.Add(StreamProvider);
            },
            typeof(EmbeddedEngineHost).Assembly);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        _host = host;
    }

    private async Task StopAsync()
    {
        var host = Running;
        _host = null;
        var stopped = host.StopAsync();
        // A test that failed may leave a request that never ends; the engine gives it up when its own time has passed.
        while (await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromMilliseconds(100))) != stopped) _clock.Advance(TimeSpan.FromSeconds(5));
        await stopped;
        host.Dispose();
    }
}
