using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary>What the service publishes beside a data folder: its keys and each log's newest checkpoint.</summary>
internal sealed class PublishedCheckpoints
{
    private const int MaxKeys = 1024 * 1024;

    private PublishedCheckpoints(string folder) => Folder = folder;

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>Those of a data folder, in the folder given or the one beside it.</summary>
    public static PublishedCheckpoints Of(string data, string? folder) => new(folder ?? CheckpointFolder.BesideFolder(data));

    /// <summary>The keys, or null where none are published.</summary>
    /// <exception cref="NoteException">What is there is no file of keys.</exception>
    public PublishedKeys? Keys()
    {
        var file = Path.Combine(Folder, PublishedKeys.FileName);
        if (!File.Exists(file)) return null;
        if (new FileInfo(file).Length > MaxKeys) throw new IOException($"{file} is too long for a file of keys.");
        return PublishedKeys.Parse(File.ReadAllText(file));
    }

    /// <summary>The logs that a checkpoint is published of.</summary>
    public IReadOnlyList<string> Logs() => new CheckpointFolder(Folder).Logs();

    /// <summary>A log's newest checkpoint, if one is published.</summary>
    /// <exception cref="NoteException">What is there is no checkpoint.</exception>
    public IEnumerable<Witnessed> NewestOf(string log) => new CheckpointFolder(Folder).Newest(log) is { } note ? [new Witnessed(Folder, note)] : [];
}
