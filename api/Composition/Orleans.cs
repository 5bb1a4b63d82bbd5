using System.Data.Common;
using System.Net.Sockets;
using JamEmr.Api.Errors;
using JamEmr.Api.Hosting;
using JamEmr.Engine.Clustering;

namespace JamEmr.Api.Composition;

/// <summary>Makes this process a client of the cluster whose silos host the grains. The one file of api that knows the engine.</summary>
public static class EngineComposition
{
    /// <summary>Adds the client; its settings are those of section <c>JamEmr:Cluster</c>.</summary>
    public static void Add(WebApplicationBuilder builder, ApiOptions options)
    {
        builder.UseOrleansClient(client => client.AddOrleansEngine(builder.Configuration.GetSection("JamEmr:Cluster").Bind));
        // A write that was fenced off was not made. All else that the engine throws may come of a silo that had done what was asked.
        builder.Services.AddSingleton(new EngineFaults(
            static e => e is InconsistentStateException,
            static e => e is OrleansException or SocketException or DbException));
        builder.Services.AddSingleton<OrleansReadiness>();
        builder.Services.AddSingleton<EngineHealth>(services =>
        {
            var life = services.GetRequiredService<IHostApplicationLifetime>();
            var cluster = services.GetRequiredService<OrleansReadiness>();
            return new EngineHealth(ct => life.ApplicationStopping.IsCancellationRequested ? ValueTask.FromResult(false) : cluster.IsReadyAsync(ct));
        });
    }

    /// <summary>Whether this process hosts the grains, and its operator the practices.</summary>
    public static bool HostsGrains => false;

    /// <summary>Whether an exception of the start tells the operator what to do, in one sentence.</summary>
    public static bool IsStartFailure(Exception e) => e is OrleansException or TimeoutException or SocketException;
}
