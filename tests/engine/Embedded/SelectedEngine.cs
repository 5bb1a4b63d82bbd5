namespace JamEmr.Tests.Engine.Hosting;

/// <summary>The engine these tests were built for: the embedded one.</summary>
internal static class SelectedEngine
{
    public static string? WhyNot() => null;

    public static async Task<EngineHost> StartAsync(EngineSettings settings) => await EmbeddedEngineHost.StartWithAsync(settings);

    public static Task<EngineStorage> CreateStorageAsync() => Task.FromResult<EngineStorage>(new EmbeddedEngineStorage());
}
