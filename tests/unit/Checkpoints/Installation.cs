using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Witnessing;
using JamEmr.Tests.Support;
using JamEmr.Tests.Unit.Ledger;

namespace JamEmr.Tests.Unit.Checkpoints;

/// <summary>A service's folders with a real ledger, published by hand. A restart is another <see cref="StartAsync"/>.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string Log = Samples.Log;

    private readonly string _root = Directory.CreateTempSubdirectory("jamemr-checkpoints-").FullName;
    private SqliteLedgerStore? _store;
    private CheckpointPublisher? _publisher;
    private int _copies;

    public ManualTimeProvider Time { get; } = new();

    public LedgerAlarm Alarm { get; private set; } = new();

    public CheckpointFolder Folder => new(CheckpointFolder.BesideFolder(DataFolder));

    public string KeyFile => NoteKeyFile.BesideFolder(DataFolder);

    public string DataFolder => Path.Combine(_root, "data");

    public ILedgerStore Ledger => _store!;

    public CheckpointPublisher Publisher => _publisher!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One that has records and was published.</summary>
    public static async Task<Installation> WithAsync(int records)
    {
        var made = new Installation();
        await made.StartAsync();
        if (records > 0) await made.AppendAsync(0, records);
        await made.PublishAsync();
        return made;
    }

    public async Task StartAsync()
    {
        await StopAsync();
        _store = await SqliteLedgerStore.OpenAsync(Path.Combine(DataFolder, "ledger"), ct: Ct);
        Alarm = new LedgerAlarm();
        _publisher = new CheckpointPublisher(_store, Folder, KeyFile, Alarm, Time);
    }

    public async Task StopAsync()
    {
        _publisher?.Dispose();
        if (_store is not null) await _store.DisposeAsync();
        (_publisher, _store) = (null, null);
    }

    public Task AppendAsync(int first, int count) => Ledger.AppendAsync(Log, Samples.Records(first, count), Ct);

    public Task<IReadOnlyList<Publication>> PublishAsync() => Publisher.PublishAsync(Ct);

    /// <summary>The newest checkpoint outside, verified with the published keys.</summary>
    public (Checkpoint Checkpoint, SignedNote Note) Newest()
    {
        var keys = PublishedKeys.Parse(File.ReadAllText(Path.Combine(Folder.Location, PublishedKeys.FileName)));
        var note = Folder.Newest(Log)!;
        return (Checkpoint.Open(note, keys.Verifiers), note);
    }

    public WitnessFeed FeedTo(IWitness witness) => new(witness, Ledger, Publisher, Folder, Time);

    /// <summary>A copy of the data folder as it stands, and of what lies beside it if <paramref name="all"/>.</summary>
    public string Backup(bool all = false)
    {
        var copy = Path.Combine(_root, $"copy{++_copies}");
        Copy(DataFolder, Path.Combine(copy, "data"));
        if (all) Copy(Folder.Location, CheckpointFolder.BesideFolder(Path.Combine(copy, "data")));
        return copy;
    }

    /// <summary>Puts a copy back in place of what is there. Stop first.</summary>
    public void Restore(string copy)
    {
        foreach (var from in Directory.GetDirectories(copy))
        {
            var to = Path.Combine(_root, Path.GetFileName(from));
            Directory.Delete(to, recursive: true);
            Copy(from, to);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
