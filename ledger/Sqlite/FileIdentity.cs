using System.Runtime.InteropServices;
using System.Text;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Which file a path leads to at this moment. An open database goes on working after its file was deleted or replaced, and everything
/// written to it is then lost: comparing identities is how that is noticed.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int AtCurrentDirectory = -100;
    private const uint StatxInode = 0x100;

    /// <summary>The file's identity, or null where there is none.</summary>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux()) return OfLinux(path);
        var file = new FileInfo(path);
        return file.Exists ? new FileIdentity(0, (ulong)file.CreationTimeUtc.Ticks) : null;
    }

    // The layout of struct statx is the same on every Linux, which that of struct stat is not (statx(2)).
    private static FileIdentity? OfLinux(string path)
    {
        Span<byte> buffer = stackalloc byte[256];
        if (StatX(AtCurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, StatxInode, buffer) != 0) return null;
        var inode = MemoryMarshal.Read<ulong>(buffer[32..]);
        return new FileIdentity(MemoryMarshal.Read<ulong>(buffer[136..]), inode);
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatX(int directory, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> buffer);
}
