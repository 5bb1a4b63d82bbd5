using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace JamEmr.Engine.Storage.Files;

/// <summary>The few system calls that durability needs and .NET does not offer.</summary>
internal static class Posix
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;

    /// <summary>Makes the names in a directory durable: a file made or renamed in it survives a power cut. Windows does so by itself.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(Terminated(path), 0);
        if (descriptor < 0) throw new IOException($"Directory {path} cannot be opened: {LastError()}.");
        try
        {
            if (Fsync(descriptor) != 0) throw new IOException($"Directory {path} cannot be flushed: {LastError()}.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Device and inode of a path, or null where there is nothing or it cannot be seen.</summary>
    [SupportedOSPlatform("linux")]
    public static (ulong Device, ulong Inode)? Inode(byte[] terminatedPath) =>
        Statx(CurrentDirectory, terminatedPath, 0, WantInode, out var status) == 0
            ? (((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode)
            : null;

    /// <summary>Takes an exclusive lock that ends with the open file; false when another open file has it. Windows: true, opening did it.</summary>
    public static bool TryLock(SafeFileHandle file) =>
        OperatingSystem.IsWindows() || Flock(file, LockExclusive | LockWithoutWaiting) == 0 || !IsWouldBlock(Marshal.GetLastPInvokeError());

    /// <summary>Whether an error number says that someone else has the lock.</summary>
    public static bool IsWouldBlock(int error) =>
        (OperatingSystem.IsLinux() && error == 11) || (OperatingSystem.IsMacOS() && error == 35);

    /// <summary>Opens for reading without the shared lock that .NET takes on every file; null where that is not possible.</summary>
    public static SafeFileHandle? OpenWithoutLock(string path)
    {
        if (OperatingSystem.IsWindows()) return null;
        var descriptor = Open(Terminated(path), 0);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The bytes of a path as system calls want them.</summary>
    public static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private static string LastError() => new Win32Exception(Marshal.GetLastPInvokeError()).Message;

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flock(SafeFileHandle file, int operation);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, out FileStatus status);

    /// <summary>The part of the kernel's <c>struct statx</c> that names a file; its layout is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
