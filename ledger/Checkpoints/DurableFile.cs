using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>Small files that are whole or not there, whenever the power fails: written under another name, flushed, renamed, and the folder
/// flushed too.</summary>
public static partial class DurableFile
{
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;

    /// <summary>Readable and writable by its owner only.</summary>
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Readable by everyone.</summary>
    public const UnixFileMode Open = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What a file's name ends with while it is being written. One that a crash left means nothing.</summary>
    public const string DraftSuffix = ".draft";

    /// <summary>Makes a folder for its owner only, and those above it that are missing, so that all of them are there after a loss of power.</summary>
    /// <exception cref="IOException">It could not be made.</exception>
    public static void MakeFolder(string folder)
    {
        var missing = new Stack<string>();
        for (var at = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) missing.Push(at);
        foreach (var made in missing)
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(made);
            else Directory.CreateDirectory(made, Secret | UnixFileMode.UserExecute);
            FlushFolderOf(made);
        }
    }

    /// <summary>Replaces a file, or makes it.</summary>
    /// <exception cref="IOException">It could not be written; the file is as it was.</exception>
    public static void Write(string path, string content, UnixFileMode mode)
    {
        var draft = Draft(path, content, mode);
        try
        {
            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }

        FlushFolderOf(path);
    }

    /// <summary>Makes a file unless there is one. False when there is.</summary>
    /// <exception cref="IOException">It could not be written; there is none.</exception>
    public static bool TryCreate(string path, string content, UnixFileMode mode)
    {
        var draft = Draft(path, content, mode);
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(draft);
        }

        FlushFolderOf(path);
        return true;
    }

    /// <summary>Adds to the end of a file, or makes it.</summary>
    /// <exception cref="IOException">It could not be written; a part of it may have been.</exception>
    public static void Append(string path, string content, UnixFileMode mode)
    {
        var isNew = !File.Exists(path);
        var how = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = mode;
        using (var file = new FileStream(path, how))
        {
            file.Write(Encoding.UTF8.GetBytes(content));
            file.Flush(flushToDisk: true);
        }

        if (isNew) FlushFolderOf(path);
    }

    /// <summary>Opens a file that one open file at a time can have, in this process or another; it ends with the process however that ends.
    /// Null while another has it.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static FileStream? Hold(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return null;
        }

        // .NET has done this already, unless its file locks are switched off in the environment.
        if (OperatingSystem.IsWindows() || FileLock(file.SafeFileHandle, LockExclusive | LockWithoutWaiting) == 0) return file;
        file.Dispose();
        return null;
    }

    private static string Draft(string path, string content, UnixFileMode mode)
    {
        // A name of its own for every writer: two processes may write the same file at once, and one of them wins whole.
        var draft = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{DraftSuffix}";
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = mode;
        try
        {
            using var file = new FileStream(draft, how);
            file.Write(Encoding.UTF8.GetBytes(content));
            file.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }

        return draft;
    }

    /// <summary>Flushes what a folder lists: a rename is on disk when its folder is. Windows does so by itself.</summary>
    /// <exception cref="IOException">It could not be flushed.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = OpenFile(Encoding.UTF8.GetBytes(folder + '\0'), 0);
        if (descriptor < 0) throw new IOException($"The folder {folder} cannot be opened to be flushed.");
        try
        {
            if (Fsync(descriptor) != 0) throw new IOException($"The folder {folder} cannot be flushed.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void FlushFolderOf(string path) => FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int FileLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int OpenFile(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
