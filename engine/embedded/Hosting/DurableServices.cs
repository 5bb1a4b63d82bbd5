using System.Diagnostics.Metrics;
using JamEmr.Engine.Reminders;
using JamEmr.Engine.Runtime;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Hosting;

/// <summary>Registers what an engine keeps on disk: its store, its streams and its reminders.</summary>
internal static class DurableServices
{
    public static IServiceCollection AddDurableServices(this IServiceCollection services)
    {
        services.TryAddSingleton<EngineStoreFactory>();
        services.TryAddSingleton<IEngineStoreFactory>(p => p.GetRequiredService<EngineStoreFactory>());
        services.TryAddSingleton(p => p.GetRequiredService<EngineStoreFactory>().MasterKey);

        services.TryAddSingleton(p => new StreamService(
            p.GetRequiredService<GrainEngine>().Store, p.GetRequiredService<IActivationDispatcher>(), p.GetRequiredService<IGrainStorageSerializer>(),
            p.GetRequiredService<TimeProvider>(), Meter(p), p.GetRequiredService<ILogger<StreamService>>()));
        services.AddSingleton<IEngineService>(p => p.GetRequiredService<StreamService>());
        services.TryAddKeyedSingleton<IStreamProvider>(KeyedService.AnyKey, (p, name) => Provider(p, (string)name!));

        services.AddOptions<ReminderOptions>().Validate(
            o => o.MinimumPeriod > TimeSpan.Zero, $"{nameof(ReminderOptions)}.{nameof(ReminderOptions.MinimumPeriod)} must be more than zero.").ValidateOnStart();
        services.TryAddSingleton(p => new ReminderService(
            p.GetRequiredService<GrainEngine>().Store, p.GetRequiredService<IActivationDispatcher>(), p.GetRequiredService<IOptions<ReminderOptions>>(),
            p.GetRequiredService<TimeProvider>(), Meter(p), p.GetRequiredService<ILogger<ReminderService>>()));
        services.AddSingleton<IEngineService>(p => p.GetRequiredService<ReminderService>());
        services.TryAddSingleton<IReminderRegistry>(p => p.GetRequiredService<ReminderService>());
        return services;
    }

    private static EngineStreamProvider Provider(IServiceProvider services, string name) =>
        services.GetRequiredService<IOptions<EngineOptions>>().Value.StreamProviders.Contains(name)
            ? new EngineStreamProvider(name, services.GetRequiredService<StreamService>())
            : throw new KeyNotFoundException($"There is no stream provider named '{name}'.");

    private static Meter Meter(IServiceProvider services) => services.GetRequiredService<IMeterFactory>().Create(StoreMetrics.MeterName);
}
