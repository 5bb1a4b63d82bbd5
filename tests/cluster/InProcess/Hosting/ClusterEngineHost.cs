using System.Text.Json;
using JamEmr.Engine.Clustering;
using JamEmr.Tests.Cluster.InProcess;
using JamEmr.Tests.Engine.Clustering;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Reminders;

namespace JamEmr.Tests.Engine.Hosting;

/// <summary>This build's engine is Orleans, on several silos.</summary>
internal static class SelectedEngine
{
    public static string? WhyNot() => ClusterDatabase.WhyNot();

    public static async Task<EngineHost> StartAsync(EngineSettings settings) => await ClusterEngineHost.StartWithAsync(settings);

    public static Task<EngineStorage> CreateStorageAsync() => throw new NotSupportedException("Nothing here outlives its cluster.");
}

/// <summary>Several silos and a client. Grain timers and reminders go by one clock that the tests move; everything else by the machine's.</summary>
internal sealed class ClusterEngineHost : EngineHost
{
    private const int Count = 2;
    private readonly EngineSettings _settings;
    private readonly ClusterDatabase _database;
    private readonly ManualTimeProvider _clock = new();
    private readonly CancellationWatch _cancellations = new();
    private TestSilos? _silos;

    private ClusterEngineHost(EngineSettings settings, ClusterDatabase database) => (_settings, _database) = (settings, database);

    public override IGrainFactory Grains => _silos!.Client;

    public override string Storage => _database.Connection;

    public override TimeSpan CallTimeout => _settings.Impatient ? TimeSpan.FromSeconds(3) : TimeSpan.FromMinutes(1);

    public override TimeSpan IdleAge => _settings.Fleeting ? TimeSpan.FromSeconds(8) : TimeSpan.FromHours(1);

    public override TimeSpan TimerPeriod => TimeSpan.FromSeconds(1);

    public override TimeSpan ReminderPeriod => TimeSpan.FromMinutes(1);

    public override DateTimeOffset Now => _clock.GetUtcNow();

    public override bool CanJump => false;

    public override bool KeepsOrder => false;

    public override bool DeliversOnce => false;

    public override EngineMetrics Metrics => OrleansMeters.Names;

    public static async Task<ClusterEngineHost> StartWithAsync(EngineSettings settings)
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        var host = new ClusterEngineHost(settings, await ClusterDatabase.CreateAsync());
        try
        {
            await host.StartSilosAsync();
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
        // Past the due time by a little: a reminder that has run in the instant it was due would be due again in that instant.
        _clock.Advance(time + TimeSpan.FromMilliseconds(1));
        return Task.CompletedTask;
    }

    public override void Jump(TimeSpan by) => throw new NotSupportedException("This engine does not notice a clock that is set.");

    public override Task CancellationHeardAsync() => _cancellations.NextAsync();

    public override async Task RestartAsync(TimeSpan downFor = default)
    {
        await _silos!.DisposeAsync();
        await PassAsync(downFor);
        await StartSilosAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_silos is not null) await _silos.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task StartSilosAsync() => _silos = await TestSilos.StartAsync(Count, _database, AddServices, Configure);

    private void AddServices(ISiloBuilder silo)
    {
        // The real grains are in this process too.
        silo.Services.PostConfigure<GrainTypeOptions>(o => o.Classes.RemoveWhere(type => type.Assembly != typeof(ClusterEngineHost).Assembly));
        silo.Services.AddSingleton(TimeProvider.System);
        silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, _clock);
        silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, _clock);
        silo.Services.AddSingleton<IGrainStorageSerializer, JsonStates>();
        silo.AddIncomingGrainCallFilter<OuterFilter>().AddIncomingGrainCallFilter<InnerFilter>().AddIncomingGrainCallFilter(_cancellations);
    }

    private void Configure(OrleansEngineOptions options)
    {
        options.ResponseTimeout = CallTimeout;
        options.IdleAge = IdleAge;
        options.StreamTakeover = TimeSpan.FromSeconds(2);
        options.StreamProviders.Clear();
        options.StreamProviders.Add(StreamProvider);
    }

    private sealed class JsonStates : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input));

        public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span)!;
    }
}
