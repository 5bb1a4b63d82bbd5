namespace JamEmr.Tests.Engine.Hosting;

/// <summary>Storage that outlives the engines started on it; disposing it deletes it.</summary>
public abstract class EngineStorage : IAsyncDisposable
{
    /// <summary>What <see cref="EngineSettings.Storage"/> takes: a folder, or a connection string.</summary>
    public abstract string Location { get; }

    /// <summary>Makes empty storage for the selected engine.</summary>
    public static Task<EngineStorage> CreateAsync() => SelectedEngine.CreateStorageAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
