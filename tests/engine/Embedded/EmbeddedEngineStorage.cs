namespace JamEmr.Tests.Engine.Hosting;

/// <summary>A data folder, one level down in a folder of its own: the master key lies beside it.</summary>
internal sealed class EmbeddedEngineStorage : EngineStorage
{
    private readonly string _root = Directory.CreateTempSubdirectory("jamemr-engine-").FullName;

    public override string Location => Path.Combine(_root, "data");

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
