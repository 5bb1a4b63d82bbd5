using System.Net;
using JamEmr.Engine.Clustering;

namespace JamEmr.Bench.Cluster;

/// <summary>A silo in this process with the bench's grains, on a cluster's database, with the engine's default options.</summary>
internal sealed class BenchSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private BenchSilo(IHost host) => _host = host;

    /// <summary>Why there can be none in this build; null when there can.</summary>
    public static string? WhyNot => null;

    /// <summary>Makes calls.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts it; it lets in no clients.</summary>
    public static async Task<BenchSilo> StartAsync(BenchSiloPlace place, CancellationToken ct)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IGrainStorageSerializer, DocumentSerializer>();
        builder.UseOrleans(silo => silo.AddOrleansEngine(options =>
        {
            options.ConnectionString = place.Connection;
            options.MasterKeyFile = place.MasterKeyFile;
            (options.AdvertisedAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback.ToString(), place.Port, 0);
        }));
        var host = builder.Build();
        await host.StartAsync(ct);
        return new BenchSilo(host);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
