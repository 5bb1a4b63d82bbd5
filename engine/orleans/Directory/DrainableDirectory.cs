using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.GrainDirectory;
using Orleans.GrainDirectory.AdoNet;

namespace JamEmr.Engine.Clustering.Directory;

/// <summary>
/// The AdoNet grain directory, at work until the silo has stopped. By itself it gives up every question in the moment in which the process is
/// told to stop, while the silo still takes and forwards calls for as long as it drains: they would all fail, and no activation that leaves
/// would be taken off the directory.
/// </summary>
internal static class DrainableDirectory
{
    /// <summary>Adds it as the default one.</summary>
    public static void AddDrainableDirectory(this ISiloBuilder silo, string invariant, string connection)
    {
        silo.UseAdoNetGrainDirectoryAsDefault((AdoNetGrainDirectoryOptions o) => (o.Invariant, o.ConnectionString) = (invariant, connection));
        var provided = silo.Services.Last(d => d.ServiceType == typeof(IGrainDirectory) && d.IsKeyedService);
        var create = provided.KeyedImplementationFactory
            ?? throw new InvalidOperationException("The AdoNet grain directory is registered otherwise than this version of it is known to be.");
        silo.Services.Remove(provided);
        silo.Services.AddKeyedSingleton<IGrainDirectory>(
            provided.ServiceKey, (services, key) => (IGrainDirectory)create(new WithoutStop(services), key));
    }

    // Everything as it is, but for a life of the host that is not told to stop.
    private sealed class WithoutStop(IServiceProvider services) : IServiceProvider, IHostApplicationLifetime
    {
        private readonly IHostApplicationLifetime _life = services.GetRequiredService<IHostApplicationLifetime>();

        public CancellationToken ApplicationStarted => _life.ApplicationStarted;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public object? GetService(Type serviceType) => serviceType == typeof(IHostApplicationLifetime) ? this : services.GetService(serviceType);

        public void StopApplication() => _life.StopApplication();
    }
}
