using System.Diagnostics.Metrics;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Storage.Crypto;
using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Storage;

/// <summary>Opens the data folder that the options name.</summary>
internal sealed class EngineStoreFactory(IOptions<EngineOptions> options, IMeterFactory meters, TimeProvider time) : IEngineStoreFactory
{
    private MasterKey? _masterKey;

    /// <summary>The folder's master key, once it is open.</summary>
    public MasterKey MasterKey => _masterKey ?? throw new InvalidOperationException("The engine has not started: its master key is known once the host has.");

    /// <inheritdoc/>
    public async Task<IEngineStore> OpenAsync(CancellationToken ct)
    {
        var where = new EngineStoreOptions { DataFolder = options.Value.DataFolder, MasterKeyFile = options.Value.MasterKeyFile };
        var store = await EngineStore.OpenAsync(where, meters.Create(StoreMetrics.MeterName), time);
        _masterKey = store.MasterKey;
        return store;
    }
}
