using JamEmr.Engine.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JamEmr.Engine.Hosting;

/// <summary>Starts and stops an engine with its host: store, grains, then what works on its own; and in reverse.</summary>
internal sealed class EngineHost(GrainEngine engine, IEngineStoreFactory stores, IServiceProvider services) : IHostedService
{
    private readonly Stack<IEngineService> _started = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        engine.Start(await stores.OpenAsync(cancellationToken));
        try
        {
            foreach (var service in services.GetServices<IEngineService>())
            {
                await service.StartAsync(cancellationToken);
                _started.Push(service);
            }
        }
        catch
        {
            await StopAsync(CancellationToken.None); // a host does not stop what failed to start
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var stops = new List<Task>();
        while (_started.TryPop(out var service))
        {
            // One that fails to end is no reason not to tell the others: they would go on without a store.
            var stop = EndAsync(service);
            stops.Add(stop);
            await stop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            await engine.StopAsync(cancellationToken);
        }
        finally
        {
            await engine.CloseStoreAsync();
        }

        await Task.WhenAll(stops);

        async Task EndAsync(IEngineService service) => await service.StopAsync(cancellationToken);
    }
}
