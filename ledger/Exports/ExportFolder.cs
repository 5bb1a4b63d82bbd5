using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>Something about an export is wrong; it ends the check.</summary>
internal sealed class FoundException(Finding finding) : Exception(finding.Message)
{
    public Finding Finding { get; } = finding;
}

/// <summary>
/// The files of an export, read as what a stranger may have made: nothing but plain files of the size expected is opened, links are not
/// followed, and names are never taken from what a file says.
/// </summary>
internal sealed class ExportFolder(string path)
{
    private const int MaxDepth = 10;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    /// <summary>Whether a folder is an export.</summary>
    public static bool IsExport(string folder) => File.Exists(Path.Combine(folder, ExportLayout.ManifestFile));

    /// <summary>A whole file of 1 to <paramref name="max"/> bytes.</summary>
    /// <exception cref="FoundException">It is missing, or not such a file.</exception>
    public byte[] Read(string name, int max)
    {
        using var file = Open(name, max, bufferSize: 0);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A whole file of exactly as many bytes.</summary>
    /// <exception cref="FoundException">It is missing, or not such a file.</exception>
    public void ReadExactly(string name, Span<byte> bytes)
    {
        using var file = Open(name, bytes.Length, bufferSize: 0);
        if (file.Length != bytes.Length) throw Unreadable(name, $"has {file.Length} bytes, not {bytes.Length}");
        file.ReadExactly(bytes);
    }

    /// <summary>A file to be read from front to back.</summary>
    /// <exception cref="FoundException">It is missing, or no plain file.</exception>
    public FileStream OpenStream(string name) => Open(name, long.MaxValue, bufferSize: 0);

    /// <summary>Looks at everything below the folder.</summary>
    /// <param name="expected">Whether a file belongs there, by its path with '/' between the parts.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="FoundException">There is something that does not belong there.</exception>
    public void CheckEntries(Predicate<string> expected, CancellationToken ct) => CheckEntries(new DirectoryInfo(path), "", 0, expected, ct);

    private static void CheckEntries(DirectoryInfo folder, string prefix, int depth, Predicate<string> expected, CancellationToken ct)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos("*", Everything))
        {
            ct.ThrowIfCancellationRequested();
            var name = prefix + entry.Name;
            var isFolder = (entry.Attributes & FileAttributes.Directory) != 0;
            var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            if (isLink || (isFolder ? depth == MaxDepth : !expected(name)))
                throw new FoundException(new Finding(FindingKind.FileUnexpected, null, isLink ? "There is a link, which no export has." : "There is a file that no such export has.", name));
            if (isFolder) CheckEntries((DirectoryInfo)entry, name + "/", depth + 1, expected, ct);
        }
    }

    private FileStream Open(string name, long max, int bufferSize)
    {
        var file = new FileInfo(Path.Combine(path, name));
        if (!file.Exists) throw Unreadable(name, "is missing");
        if ((file.Attributes & FileAttributes.ReparsePoint) != 0) throw Unreadable(name, "is a link, which no export has");
        // A pipe or a device has no length, and opening one may never end.
        if (file.Length == 0) throw Unreadable(name, "is empty or no plain file");
        if (file.Length > max) throw Unreadable(name, $"has {file.Length} bytes, more than the {max} it may have");
        return new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize, FileOptions.SequentialScan);
    }

    private static FoundException Unreadable(string name, string what) => new(new Finding(FindingKind.FileUnreadable, null, $"The file {what}.", name));
}
