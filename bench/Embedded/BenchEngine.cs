using JamEmr.Engine.Hosting;

namespace JamEmr.Bench.Engine;

/// <summary>An embedded engine with the bench's grains, on a folder of its own, with the engine's default options.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly IHost _host;

    private BenchEngine(IHost host) => _host = host;

    /// <summary>Makes calls.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts it.</summary>
    public static async Task<BenchEngine> StartAsync(string folder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddEmbeddedEngine(options => options.DataFolder = folder, typeof(BenchEngine).Assembly);
        var host = builder.Build();
        await host.StartAsync();
        return new BenchEngine(host);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
