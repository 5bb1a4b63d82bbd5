using System.Net;
using System.Text.Json;
using JamEmr.Engine.Clustering;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Reminders;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>
/// One silo in this process, on a PostgreSQL of our own. Grain timers and reminders go by a clock that the tests move; call time-outs,
/// the idle collector and streams go by the machine's, because Orleans' queues, collector and database do.
/// </summary>
internal sealed class OrleansHost : EngineHost
{
    private readonly EngineSettings _settings;
    private readonly Place _place;
    private readonly PostgresStorage? _own;
    private readonly ManualTimeProvider? _clock;
    private readonly CancellationWatch _cancellations = new();
    private IHost? _host;

    private OrleansHost(EngineSettings settings, Place place, PostgresStorage? own)
    {
        (_settings, _place, _own) = (settings, place, own);
        _clock = settings.SystemClock ? null : new ManualTimeProvider();
    }

    public override IGrainFactory Grains => _host!.Services.GetRequiredService<IGrainFactory>();

    public override string Storage => _place.ToString();

    public override TimeSpan CallTimeout => _settings.Impatient ? TimeSpan.FromSeconds(3) : TimeSpan.FromMinutes(1);

    public override TimeSpan IdleAge => _settings.Fleeting ? TimeSpan.FromSeconds(8) : TimeSpan.FromHours(1);

    public override TimeSpan TimerPeriod => TimeSpan.FromSeconds(1);

    public override TimeSpan ReminderPeriod => TimeSpan.FromMinutes(1);

    public override DateTimeOffset Now => Clock.GetUtcNow();

    // Reminders wait on timers that count from when they were set: Orleans does not notice a clock that is set.
    public override bool CanJump => false;

    public override EngineMetrics Metrics => OrleansMeters.Names;

    private TimeProvider Clock => _clock ?? TimeProvider.System;

    public static async Task<OrleansHost> StartWithAsync(EngineSettings settings)
    {
        var own = settings.Storage is null ? await PostgresStorage.CreateAsync() : null;
        var host = new OrleansHost(settings, Place.Parse(settings.Storage ?? own!.Location), own);
        try
        {
            await host.StartSiloAsync();
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
        if (_clock is null) return Task.Delay(time);
        // Past the due time by a little: a reminder that has run in the instant it was due would be due again in that instant.
        _clock.Advance(time + TimeSpan.FromMilliseconds(1));
        return Task.CompletedTask;
    }

    public override void Jump(TimeSpan by) => throw new NotSupportedException("This engine does not notice a clock that is set.");

    public override Task CancellationHeardAsync() => _cancellations.NextAsync();

    public override async Task RestartAsync(TimeSpan downFor = default)
    {
        await StopAsync();
        await PassAsync(downFor);
        await StartSiloAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_own is not null) await _own.DisposeAsync();
    }

    private async Task StartSiloAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddKeyedSingleton(TimeProviderNames.Grains, Clock);
        builder.Services.AddKeyedSingleton(ReminderTimeProviderNames.Reminders, Clock);
        builder.Services.AddSingleton<IGrainStorageSerializer, JsonStates>();
        builder.UseOrleans(silo => silo
            .AddOrleansEngine(Configure)
            .AddIncomingGrainCallFilter<OuterFilter>()
            .AddIncomingGrainCallFilter<InnerFilter>()
            .AddIncomingGrainCallFilter(_cancellations));
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

    private void Configure(OrleansEngineOptions options)
    {
        options.ConnectionString = _place.Connection;
        options.MasterKeyFile = _place.MasterKeyFile;
        (options.AdvertisedAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback.ToString(), _place.Port, 0);
        options.ResponseTimeout = CallTimeout;
        options.IdleAge = IdleAge;
        options.StreamTakeover = TimeSpan.FromSeconds(2);
        options.StreamProviders.Clear();
        options.StreamProviders.Add(StreamProvider);
    }

    private async Task StopAsync()
    {
        if (_host is null) return;
        await _host.StopAsync();
        _host.Dispose();
        _host = null;
    }

    private sealed class JsonStates : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input));

        public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span)!;
    }
}
