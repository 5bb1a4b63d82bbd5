using System.Reflection;
using JamEmr.Engine.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Hosting;

/// <summary>Adds an embedded engine to a host.</summary>
public static class EmbeddedEngineServices
{
    /// <summary>
    /// Runs the grains of the named assemblies in this process. It starts with the host, before whatever is registered after
    /// it, and <see cref="IGrainFactory"/> reaches the grains from anywhere. Call filters and the serializer of states are
    /// taken from the services: <see cref="IIncomingGrainCallFilter"/>, <see cref="IGrainStorageSerializer"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">At least the data folder must be set.</param>
    /// <param name="grainAssemblies">Where the grain classes are.</param>
    public static IServiceCollection AddEmbeddedEngine(this IServiceCollection services, Action<EngineOptions> configure, params Assembly[] grainAssemblies)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(grainAssemblies);

        services.AddLogging();
        services.AddMetrics();
        services.AddOptions<EngineOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IGrainStorageSerializer, JsonGrainStorageSerializer>();

        services.AddSingleton(new GrainAssemblies(grainAssemblies, services));
        services.AddSingleton<GrainEngine>();
        services.AddSingleton(provider => new EngineControl(provider.GetRequiredService<GrainEngine>()));
        services.AddSingleton<IActivationDispatcher>(provider => provider.GetRequiredService<GrainEngine>());
        services.AddSingleton(provider => provider.GetRequiredService<GrainEngine>().GrainFactory);
        services.AddDurableServices();
        services.AddHostedService<EngineHost>();
        return services;
    }
}
