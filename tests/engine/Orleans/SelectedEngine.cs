using JamEmr.Tests.Engine.Clustering;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Engine.Hosting;

/// <summary>This build's engine is Orleans.</summary>
internal static class SelectedEngine
{
    public static string? WhyNot() => ClusterDatabase.WhyNot();

    public static async Task<EngineHost> StartAsync(EngineSettings settings) => await OrleansHost.StartWithAsync(settings);

    public static async Task<EngineStorage> CreateStorageAsync() => await PostgresStorage.CreateAsync();
}
