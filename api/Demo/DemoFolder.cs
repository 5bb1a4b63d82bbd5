namespace JamEmr.Api.Demo;

/// <summary>Where a demonstration keeps its data: a named folder that stays, or one of its own that goes when it ends.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly string? _own;

    private DemoFolder(string path, string? own)
    {
        Path = path;
        _own = own;
    }

    /// <summary>The data folder.</summary>
    public string Path { get; }

    /// <summary>Takes the named folder, or makes one. The master key lies beside the data folder, so an own one has a level of its own.</summary>
    public static DemoFolder Create(string? named)
    {
        if (named is not null) return new DemoFolder(System.IO.Path.GetFullPath(named), null);
        var own = Directory.CreateTempSubdirectory("jamemr-demo-").FullName;
        return new DemoFolder(System.IO.Path.Combine(own, "data"), own);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_own is not null) Directory.Delete(_own, recursive: true);
    }
}
