using JamEmr.Access;
using JamEmr.Audit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Operations;

/// <summary>Records that the service starts, before it serves anything, and that it stops. What cannot be recorded does not start.</summary>
internal sealed class ServiceLife(IServiceProvider services, ServiceFacts facts, ILogger<ServiceLife> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => CallAsync(services, service => service.StartedAsync(facts));

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(services, service => service.StoppedAsync(facts)).WaitAsync(cancellationToken);
        }
        catch (Exception e)
        {
            logger.StopNotRecorded(e.GetType().Name);
        }
    }

    /// <summary>Calls the service's grain as the host.</summary>
    public static async Task CallAsync(IServiceProvider services, Func<IServiceGrain, Task> call)
    {
        // Set within this method, the context ends with it.
        RequestContext.Clear();
        CallerContext.Set(Caller.Host(Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N")));
        await call(services.GetRequiredService<IGrainFactory>().GetGrain<IServiceGrain>(GrainKeys.OfSystem("service")));
    }
}
