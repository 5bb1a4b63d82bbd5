using JamEmr.Engine.Storage.Crypto;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;

namespace JamEmr.Engine.Clustering.Storage;

/// <summary>Adds grain storage that seals what it stores.</summary>
internal static class SealedStorage
{
    private const string Rows = "jamemr-rows";
    private const string Default = "Default";

    /// <summary>Adds the storage under its default name and every name of the options.</summary>
    public static void AddSealedStorage(this ISiloBuilder silo, OrleansEngineOptions options, string connection)
    {
        var services = silo.Services;
        silo.AddAdoNetGrainStorage(Rows, o =>
        {
            (o.Invariant, o.ConnectionString) = ("Npgsql", connection);
            o.GrainStorageSerializer = new SealedStateSerializer();
            // The row stays, with its version and without its state: see the migration that makes the table.
            o.DeleteStateOnClear = false;
        });
        services.AddSingleton(_ => ClusterMasterKey.Find(options));
        services.AddSingleton(sp => new DataKeys(connection, sp.GetRequiredService<MasterKey>(), options.ServiceId));
        services.AddSingleton(_ => new StateVersions(connection, options.ServiceId));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(sp => sp.GetRequiredService<DataKeys>());
        services.AddSingleton(sp => new SealedGrainStorage(
            sp.GetRequiredKeyedService<IGrainStorage>(Rows),
            sp.GetRequiredService<IGrainStorageSerializer>(),
            sp.GetRequiredService<DataKeys>(),
            sp.GetRequiredService<IActivatorProvider>()));
        foreach (var name in options.StorageNames.Append(Default))
            services.AddGrainStorage(name, static (sp, _) => sp.GetRequiredService<SealedGrainStorage>());
    }
}
