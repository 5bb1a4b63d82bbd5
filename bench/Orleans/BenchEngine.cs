namespace JamEmr.Bench.Engine;

/// <summary>The figures are goals of the embedded engine: one process, one disk. A cluster's are taken over its API.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private BenchEngine(IGrainFactory grains) => Grains = grains;

    /// <summary>Makes calls.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Refuses.</summary>
    public static Task<BenchEngine> StartAsync(string folder) =>
        throw new NotSupportedException($"The engine's figures are measured on the embedded engine, not on Orleans ({folder}). Leave out -p:Engine=Orleans.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
