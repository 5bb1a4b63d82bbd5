using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>
/// The folder outside the database where a log's checkpoints go, so that whoever puts the database back to an older copy has not put them back
/// too: <c>keys</c>, and for each log a folder with <c>checkpoint</c> (the newest, a signed note), <c>history</c> (one line of JSON for the
/// first of every hour) and <c>witness-NAME</c> (the newest with that witness's co-signature).
/// </summary>
public sealed partial class CheckpointFolder
{
    private const string NewestName = "checkpoint";
    private const string HistoryName = "history";
    private const string LogName = "log";

    private readonly string _folder;

    /// <summary>A folder that exists or will be made, for its owner only, when something is written.</summary>
    public CheckpointFolder(string folder) => _folder = Path.GetFullPath(folder);

    /// <summary>Where it is.</summary>
    public string Location => _folder;

    /// <summary>Where the checkpoints of a data folder go when nothing else is configured: beside it, so that a copy of the folder put back does
    /// not put them back.</summary>
    public static string BesideFolder(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".checkpoints";

    /// <summary>The logs that have checkpoints here.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public IReadOnlyList<string> Logs() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateDirectories(_folder).Select(folder => Path.Combine(folder, LogName)).Where(File.Exists).Select(file => File.ReadAllText(file).Trim()).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The newest checkpoint of a log, or null where there is none. It is as it was found: verify it.</summary>
    /// <exception cref="NoteException">What is there is no signed note.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public SignedNote? Newest(string log) => Read(Path.Combine(FolderOf(log), NewestName));

    /// <summary>The newest checkpoint of a log with a witness's co-signature, or null. It is as it was found: verify it.</summary>
    /// <inheritdoc cref="Newest"/>
    public SignedNote? Witnessed(string log, string witness) => Read(WitnessedPath(log, witness));

    /// <summary>Keeps a log's newest checkpoint; the first of an hour goes into the history too.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Save(string log, SignedNote note, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(note);
        var folder = MakeFolderOf(log);
        var newest = Path.Combine(folder, NewestName);
        var isFirstOfHour = !File.Exists(newest) || HourOf(File.GetLastWriteTimeUtc(newest)) != HourOf(time.UtcDateTime);
        DurableFile.Write(newest, note.ToString(), DurableFile.Open);
        File.SetLastWriteTimeUtc(newest, time.UtcDateTime);
        if (!isFirstOfHour) return;
        var line = JsonSerializer.Serialize(new HistoryLine(time.ToUniversalTime(), note.ToString()), HistoryJson.Default.HistoryLine);
        DurableFile.Append(Path.Combine(folder, HistoryName), line + "\n", DurableFile.Open);
    }

    /// <summary>Keeps the newest checkpoint that a witness co-signed.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void SaveWitnessed(string log, string witness, SignedNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        MakeFolderOf(log);
        DurableFile.Write(WitnessedPath(log, witness), note.ToString(), DurableFile.Open);
    }

    /// <summary>Publishes the keys, where they are not as they are published already.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    public void SaveKeys(PublishedKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        DurableFile.MakeFolder(_folder);
        var (file, text) = (Path.Combine(_folder, PublishedKeys.FileName), keys.ToString());
        if (!File.Exists(file) || File.ReadAllText(file) != text) DurableFile.Write(file, text, DurableFile.Open);
    }

    private static SignedNote? Read(string path)
    {
        if (!File.Exists(path)) return null;
        if (new FileInfo(path).Length > SignedNote.MaxBytes) throw NoteException.Malformed($"A signed note has at most {SignedNote.MaxBytes} bytes.");
        return SignedNote.Parse(File.ReadAllBytes(path));
    }

    private static string HourOf(DateTime time) => time.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);

    private string FolderOf(string log) => Path.Combine(_folder, FileNames.Of(log));

    private string WitnessedPath(string log, string witness) => Path.Combine(FolderOf(log), "witness-" + FileNames.Of(witness));

    private string MakeFolderOf(string log)
    {
        var folder = FolderOf(log);
        DurableFile.MakeFolder(folder);
        var name = Path.Combine(folder, LogName);
        if (!File.Exists(name)) DurableFile.Write(name, log + "\n", DurableFile.Open);
        return folder;
    }

    private sealed record HistoryLine(DateTimeOffset Time, string Note);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(HistoryLine))]
    private sealed partial class HistoryJson : JsonSerializerContext;
}
