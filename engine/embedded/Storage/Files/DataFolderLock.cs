using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace JamEmr.Engine.Storage.Files;

/// <summary>The data folder is held by another engine, in this process or another.</summary>
public sealed class DataFolderInUseException : IOException
{
    /// <summary>Says which folder, which process holds it where that is known, and what to do.</summary>
    public DataFolderInUseException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>
/// Holds a data folder for one engine. The lock belongs to an open file (<c>flock</c> on Unix, exclusive sharing on
/// Windows), so it ends with the process however that ends; the file that stays behind means nothing.
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private const string FileName = "engine.lock";
    private const string MovedName = "moved";
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _file;
    private readonly string _folder;

    private DataFolderLock(FileStream file, string folder) => (_file, _folder) = (file, folder);

    /// <summary>Takes the lock or throws <see cref="DataFolderInUseException"/>, or
    /// <see cref="StorageUnavailableException"/> where the folder cannot be written.</summary>
    public static DataFolderLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e.HResult == WindowsSharingViolation || Posix.IsWouldBlock(e.HResult))
        {
            throw InUse(folder, path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException($"The data folder {folder} cannot be written: {e.Message}", e);
        }

        // .NET has just done this, unless its file locking is switched off in the environment (as is usual on network drives).
        if (!Posix.TryLock(file.SafeFileHandle))
        {
            file.Dispose();
            throw InUse(folder, path, inner: null);
        }

        NoteHolder(file);
        return new DataFolderLock(file, folder);
    }

    /// <summary>Why an engine must not open this folder although nobody has it open; null when it may.</summary>
    public string? WhyNot() => WhyNot(_folder);

    /// <summary>Why nobody may go on from this folder; null when they may.</summary>
    public static string? WhyNot(string folder)
    {
        var mark = Path.Combine(folder, MovedName);
        return File.Exists(mark)
            ? $"The data folder {folder} was moved to {File.ReadAllText(mark).Trim()} and is not served any more. To give that move up for good, and what was done since, delete {mark}."
            : null;
    }

    /// <summary>Leaves word that the folder's data lives elsewhere.</summary>
    public void MarkMoved(string where)
    {
        using (var mark = new FileStream(Path.Combine(_folder, MovedName), FileMode.Create, FileAccess.Write))
        {
            mark.Write(Encoding.UTF8.GetBytes(where + "\n"));
            mark.Flush(flushToDisk: true);
        }

        Posix.SyncDirectory(_folder);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static DataFolderInUseException InUse(string folder, string path, Exception? inner) =>
        new($"The data folder {folder} is in use{Holder(path)}; stop that process or choose another data folder.", inner);

    /// <summary>The number serves the next one's error message only; a full disk must not keep an engine from opening.</summary>
    private static void NoteHolder(FileStream file)
    {
        try
        {
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        }
        catch (IOException)
        {
        }
    }

    private static string Holder(string path)
    {
        using SafeFileHandle? handle = Posix.OpenWithoutLock(path);
        if (handle is null) return "";
        Span<byte> text = stackalloc byte[16];
        var length = RandomAccess.Read(handle, text, 0);
        return int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? string.Create(CultureInfo.InvariantCulture, $" by process {id}")
            : "";
    }
}
