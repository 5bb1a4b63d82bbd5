using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Operations;

/// <summary>Records that the service starts, before it serves anything, and that it stops. What cannot be recorded does not start.</summary>
internal sealed class ServiceLife(IServiceProvider services, ServiceFacts facts, AuditWatchOptions options, ILogger<ServiceLife> logger) : IHostedService
{
    // In a cluster the record may be made by another process, whose disk hangs for a moment, or which is just leaving.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Completes when the start is on the log. What passes is tried again for half a minute, so that the log may hold one start more
    /// than once.</summary>
    /// <exception cref="DomainException">Nothing could be recorded all that time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = options.DiskClock.GetTimestamp();
        while (true)
        {
            try
            {
                await CallAsync(services, service => service.StartedAsync(facts));
                return;
            }
            catch (Exception e) when (Passes(e) && options.DiskClock.GetElapsedTime(began) < Patience)
            {
                logger.StartNotRecorded(e is DomainException known ? known.Code.ToString() : e.GetType().Name);
                await Task.Delay(Pause, options.DiskClock, cancellationToken);
            }
        }
    }

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

    // The process that had the record to make may have died over it, which the engine tells in its own way.
    private static bool Passes(Exception e) =>
        e is TimeoutException or SiloUnavailableException or DomainException { Code: ErrorCode.Unavailable or ErrorCode.Timeout };

    /// <summary>Calls the service's grain as the host.</summary>
    public static async Task CallAsync(IServiceProvider services, Func<IServiceGrain, Task> call)
    {
        // Set within this method, the context ends with it.
        RequestContext.Clear();
        CallerContext.Set(Caller.Host(Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N")));
        await call(services.GetRequiredService<IGrainFactory>().GetGrain<IServiceGrain>(GrainKeys.OfSystem("service")));
    }
}
