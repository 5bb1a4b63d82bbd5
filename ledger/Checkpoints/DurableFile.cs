using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>Small files that are whole or not there, whenever the power fails: written under another name, flushed, renamed, and the folder
/// flushed too.</summary>
public static partial class DurableFile
{
    /// <summary>Readable and writable by its owner only.</summary>
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Readable by everyone.</summary>
    public const UnixFileMode Open = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What a file's name ends with while it is being written. One that a crash left means nothing.</summary>
    public const string DraftSuffix = ".draft";

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

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int OpenFile(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
