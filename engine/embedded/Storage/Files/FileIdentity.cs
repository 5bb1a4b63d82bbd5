namespace JamEmr.Engine.Storage.Files;

/// <summary>
/// Notices that the file at a path is no longer the one that was opened. An open handle keeps writing into a deleted
/// file without any error, so what it acknowledged would be gone at the next start.
/// </summary>
internal sealed class FileIdentity
{
    private readonly byte[] _terminated;
    private readonly (ulong Device, ulong Inode)? _inode;

    /// <summary>Remembers what is at the path now. It must exist.</summary>
    public FileIdentity(string path)
    {
        Path = path;
        _terminated = Posix.Terminated(path);
        if (OperatingSystem.IsLinux()) _inode = Posix.Inode(_terminated);
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>Whether the remembered file still stands at its path. Costs one system call. Windows does not let an
    /// open file go, so there its presence is enough.</summary>
    public bool IsInPlace() => OperatingSystem.IsLinux()
        ? _inode is { } remembered && Posix.Inode(_terminated) == remembered
        : File.Exists(Path);
}
