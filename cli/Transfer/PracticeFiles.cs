using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Cli.Transfer;

/// <summary>The durable files of an embedded service, below its data folder and below a backup of it.</summary>
internal static class PracticeFiles
{
    /// <summary>The database of grains.</summary>
    public const string Engine = "engine.db";

    /// <summary>The folder of the audit ledger.</summary>
    public const string LedgerFolder = "ledger";

    /// <summary>The audit ledger's database.</summary>
    public const string Ledger = "ledger/ledger.db";

    /// <summary>Which ledger it is.</summary>
    public const string LedgerId = "ledger/ledger.id";

    /// <summary>All of them, in ordinal order. Not among them is what is made anew when it is missing: locks, the certificate for localhost.</summary>
    public static readonly IReadOnlyList<string> All = [Engine, Ledger, LedgerId];

    /// <summary>Refuses a folder that has anything in it.</summary>
    /// <exception cref="TransferException">It has.</exception>
    public static void EnsureFree(string folder)
    {
        if (File.Exists(folder)) throw new TransferException($"{folder} is a file; name a folder that is new or empty.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new TransferException($"{folder} is not empty, and nothing is ever overwritten; name a folder that is new or empty.");
    }

    /// <summary>
    /// Fills a folder under another name and gives it its own when all of it is on disk: a folder of that name is whole. What fails or is given up
    /// before leaves nothing. A process that is killed leaves its draft, with all that it had copied; the next one beside it tells of it.
    /// </summary>
    public static async Task MakeAsync(string folder, TextWriter error, Func<string, Task> fill)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        foreach (var left in Drafts(Path.GetDirectoryName(folder)!))
            await error.WriteLineAsync($"WARNING: {left} holds a practice's data and was never finished. Unless a backup or restore is filling it now, delete it.");
        var draft = $"{folder}.{Path.GetRandomFileName()}{DurableFile.DraftSuffix}";
        DurableFile.MakeFolder(Path.Combine(draft, LedgerFolder));
        try
        {
            await fill(draft);
            DurableFile.FlushFolder(Path.Combine(draft, LedgerFolder));
            DurableFile.FlushFolder(draft);
            EnsureFree(folder);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(draft, folder);
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }

        DurableFile.FlushFolder(Path.GetDirectoryName(folder)!);
    }

    // Drafts of exports have the same suffix and hold no such folder. Not removed: whether somebody is at it cannot be seen.
    private static IEnumerable<string> Drafts(string beside) => Directory.Exists(beside)
        ? Directory.EnumerateDirectories(beside, "*" + DurableFile.DraftSuffix).Where(draft => Directory.Exists(Path.Combine(draft, LedgerFolder))).Order(StringComparer.Ordinal)
        : [];

    /// <summary>An empty file for its owner only.</summary>
    public static FileStream Create(string path)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = DurableFile.Secret;
        return new FileStream(path, how);
    }
}
