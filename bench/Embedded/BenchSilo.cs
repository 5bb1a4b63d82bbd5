namespace JamEmr.Bench.Cluster;

/// <summary>An embedded build has no silos.</summary>
internal sealed class BenchSilo : IAsyncDisposable
{
    private BenchSilo(IGrainFactory grains) => Grains = grains;

    /// <summary>Why there can be none in this build; null when there can.</summary>
    public static string? WhyNot => "A cluster's figures need a build for Orleans: dotnet run -c Release --project bench -p:Engine=Orleans -- cluster";

    /// <summary>Makes calls.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Refuses.</summary>
    public static Task<BenchSilo> StartAsync(BenchSiloPlace place, CancellationToken ct) => throw new NotSupportedException($"{WhyNot} (port {place.Port})");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
