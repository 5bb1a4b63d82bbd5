using JamEmr.Audit;
using JamEmr.Engine.Hosting;
using JamEmr.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>The embedded engine on a folder of the test's own.</summary>
internal static class SelectedEngine
{
    private const string Inner = "audit-inner";

    /// <summary>Why this engine cannot run here; null when it can.</summary>
    public static string? WhyNot() => null;

    /// <summary>Adds the engine; publishing audit records goes by way of the switch.</summary>
    public static void Add(IServiceCollection services, string folder, PublishSwitch publishing)
    {
        services.AddEmbeddedEngine(
            options =>
            {
                options.DataFolder = Path.Combine(folder, "data");
                options.StreamProviders.Add(AuditStream.Provider);
                options.StreamProviders.Add(Inner);
                // A call waits in the test's time, which may pass faster than the machine answers.
                options.ResponseTimeout = TimeSpan.FromDays(1);
            },
            typeof(AuditSinkGrain).Assembly,
            typeof(SelectedEngine).Assembly);
        services.AddSingleton<IHostEngine>(provider => new HostEngine(provider.GetRequiredService<EngineControl>()));
        services.AddKeyedSingleton<IStreamProvider>(
            AuditStream.Provider, (provider, _) => new SwitchedStreams(provider.GetRequiredKeyedService<IStreamProvider>(Inner), publishing));
    }

    private sealed class HostEngine(EngineControl engine) : IHostEngine
    {
        public Task ProbeAsync() => engine.ProbeAsync();

        public void RefuseCalls(Func<Exception> error) => engine.RefuseCalls(error);
    }
}
