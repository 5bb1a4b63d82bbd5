namespace JamEmr.Api.Hosting;

/// <summary>Whether the data folder's disk takes a write now: full, read-only and failing disks do not. Asked by anyone, so it touches the disk
/// once a second at most.</summary>
internal sealed class DataFolderProbe(string folder, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private long _asked;
    private bool? _writable;

    /// <summary>Writes and flushes a block, and removes it.</summary>
    public bool IsWritable()
    {
        lock (_gate)
        {
            if (_writable is { } known && time.GetElapsedTime(_asked) < GoodFor) return known;
            _asked = time.GetTimestamp();
            _writable = TryWrite(Path.Combine(folder, "health.probe"));
            return _writable.Value;
        }
    }

    private static bool TryWrite(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 4096, FileOptions.DeleteOnClose);
            stream.Write(new byte[4096]);
            stream.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
