using JamEmr.Engine.Storage;

namespace JamEmr.Engine.Hosting;

/// <summary>Opens the store when the engine starts.</summary>
internal interface IEngineStoreFactory
{
    /// <summary>Opens the store, or fails with a sentence that says why it cannot be.</summary>
    Task<IEngineStore> OpenAsync(CancellationToken ct);
}
