extern alias silo;

using System.Net;
using JamEmr.Audit;
using JamEmr.Engine.Clustering;
using JamEmr.Hosting;
using JamEmr.Tests.Engine.Clustering;
using JamEmr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Reminders;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>A silo on a PostgreSQL database of the test's own.</summary>
internal static class SelectedEngine
{
    private const string Inner = "audit-inner";

    /// <summary>Why this engine cannot run here; null when it can.</summary>
    public static string? WhyNot() => ClusterDatabase.WhyNot();

    /// <summary>Adds the engine; publishing audit records goes by way of the switch.</summary>
    public static void Add(IServiceCollection services, string folder, PublishSwitch publishing)
    {
        var place = Task.Run(() => Place.OfAsync(Path.Combine(folder, "place"))).GetAwaiter().GetResult();
        // The clock of the test is the grains' own and that of reminders. With it, Orleans' loops and its reading of streams would stand still.
        foreach (var area in (string[])
            [TimeProviderNames.Grains, TimeProviderNames.Messaging, TimeProviderNames.SystemTimers, TimeProviderNames.Membership,
             TimeProviderNames.ActivationManagement, TimeProviderNames.GrainDirectory, StreamingTimeProviderNames.Streaming])
        {
            services.AddKeyedSingleton(area, TimeProvider.System);
        }

        services.AddKeyedSingleton(ReminderTimeProviderNames.Reminders, static (provider, _) => provider.GetRequiredService<TimeProvider>());
        services.AddOrleans(silo => silo.AddOrleansEngine(options =>
        {
            options.ConnectionString = place.Connection;
            options.MasterKeyFile = place.MasterKeyFile;
            (options.AdvertisedAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback.ToString(), place.Port, 0);
            // A delivery that an ended silo left is taken over soon enough for a test to wait for it.
            options.StreamTakeover = TimeSpan.FromSeconds(2);
            // No test is about it, and a machine that does much else is slow.
            options.ResponseTimeout = TimeSpan.FromMinutes(1);
            options.StreamProviders.Clear();
            options.StreamProviders.Add(Inner);
        }));
        services.AddSingleton<IStateFence, silo::JamEmr.Silo.StateFence>();
        services.AddSingleton<IHostEngine, silo::JamEmr.Silo.HostEngine>();
        services.AddKeyedSingleton<IStreamProvider>(
            AuditStream.Provider, (provider, _) => new SwitchedStreams(provider.GetRequiredKeyedService<IStreamProvider>(Inner), publishing));
    }
}
