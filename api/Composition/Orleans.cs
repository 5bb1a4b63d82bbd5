using System.Net.Sockets;
using JamEmr.Api.Errors;
using JamEmr.Api.Hosting;
using JamEmr.Engine.Clustering;

namespace JamEmr.Api.Composition;

/// <summary>Makes this process a client of the cluster whose silos host the grains. The one file of api that knows the engine.</summary>
public static class EngineComposition
{
    private static readonly TimeSpan LongestCheck = TimeSpan.FromSeconds(5);

    /// <summary>Adds the client; its settings are those of section <c>JamEmr:Cluster</c>.</summary>
    public static void Add(WebApplicationBuilder builder, ApiOptions options)
    {
        builder.UseOrleansClient(client => client.AddOrleansEngine(builder.Configuration.GetSection("JamEmr:Cluster").Bind));
        builder.Services.AddSingleton(new EngineFaults(static e => e is OrleansException or SocketException));
        builder.Services.AddSingleton<EngineHealth>(services => new EngineHealth(ct => IsReadyAsync(services, ct)));
    }

    /// <summary>Whether an exception of the start tells the operator what to do, in one sentence.</summary>
    public static bool IsStartFailure(Exception e) => false;

    // A question that a silo answers from the database: client, gateway, silo and storage are all there, or it fails.
    private static async ValueTask<bool> IsReadyAsync(IServiceProvider services, CancellationToken ct)
    {
        try
        {
            var hosts = await services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(LongestCheck, ct);
            return hosts.Count > 0;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or SocketException)
        {
            return false;
        }
    }
}
