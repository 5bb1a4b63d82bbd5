using JamEmr.Audit;
using JamEmr.Ledger.Witnessing;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Hosting;

/// <summary>Adds what has checkpoints leave the database.</summary>
public static class CheckpointServices
{
    /// <summary>Adds the service. Call it after the engine, which locks the data folder before the ledger in it is opened.</summary>
    /// <param name="services">The host's services, with those of <see cref="GrainServices"/>.</param>
    /// <param name="settings">Where checkpoints go.</param>
    /// <param name="witnesses">Who gets them too; disposed of with the host.</param>
    public static IServiceCollection AddCheckpoints(this IServiceCollection services, CheckpointSettings settings, IEnumerable<IWitness> witnesses)
    {
        services.AddSingleton(settings);
        foreach (var witness in witnesses) services.AddSingleton(_ => witness);
        services.AddHostedService<CheckpointService>();
        return services;
    }
}
