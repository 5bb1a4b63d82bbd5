using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Exports;

/// <summary>A data folder with a log of audit samples, the key file beside it, and room for exports; gone after the test.</summary>
internal sealed class TempLog : IAsyncDisposable
{
    public const string Log = "0195d3f0-0000-7000-8000-000000000001";

    private TempLog(SqliteLedgerStore store) => Store = store;

    public SqliteLedgerStore Store { get; private set; }

    public static string Name => "jamemr-test";

    public string Folder { get; private init; } = "";

    public string Data => Path.Combine(Folder, "data");

    public string KeyFile => NoteKeyFile.BesideFolder(Data);

    public ManualTimeProvider Time { get; } = new(AuditSamples.Start.AddDays(30));

    public NoteKeyRing Keys { get; private init; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A log of the first <paramref name="count"/> samples, with a checkpoint after each of <paramref name="checkpoints"/> records and
    /// after the last.</summary>
    public static async Task<TempLog> WithAsync(int count, params int[] checkpoints)
    {
        var folder = Directory.CreateTempSubdirectory("jamemr-export-").FullName;
        var data = Path.Combine(folder, "data");
        var store = await SqliteLedgerStore.OpenAsync(Path.Combine(data, "ledger"), ct: Ct);
        NoteKeyFile.TryCreate(NoteKeyFile.BesideFolder(data), Name, NoteKeyType.Ecdsa, AuditSamples.Start);
        var log = new TempLog(store)
        {
            Folder = folder,
            Keys = NoteKeyFile.Read(NoteKeyFile.BesideFolder(data), NoteKeyType.Ecdsa),
        };
        var from = 0;
        foreach (var size in checkpoints.Append(count).Order())
        {
            if (size > from) await store.AppendAsync(Log, AuditSamples.Records(from, size - from), Ct);
            from = size;
            log.Time.Advance(TimeSpan.FromHours(1));
            await log.SignAsync();
        }

        return log;
    }

    /// <summary>Signs the log as it stands, as the service does.</summary>
    public async Task<SignedNote> SignAsync(NoteKeyRing? keys = null)
    {
        keys ??= Keys;
        var head = await Store.HeadAsync(Log, Ct);
        var now = Time.GetUtcNow();
        var note = SignedNote.Sign(new Checkpoint(Checkpoint.OriginOf(keys.Name, Log), head.Size, head.Root).ToString(), now, keys.SignersAt(now));
        await Store.SaveCheckpointAsync(Log, new StoredCheckpoint(head.Size, now, null, note.ToString()), Ct);
        return note;
    }

    /// <summary>Exports under the newest checkpoint.</summary>
    public async Task<string> ExportAsync(DateTimeOffset? from = null, DateTimeOffset? to = null, string name = "export")
    {
        var folder = Path.Combine(Folder, name);
        var head = SignedNote.Parse((await Store.CheckpointsAsync(Log, Ct))[^1].Note);
        var plan = await ExportPlan.MakeAsync(Store, Log, head, Keys.Published, from, to, Time.GetUtcNow(), Ct);
        await ExportWriter.WriteAsync(Store, plan, folder, durable: false, null, Ct);
        return folder;
    }

    /// <summary>What the verifier says, with the log's own keys trusted.</summary>
    public ExportReport Verify(string folder, params SignedNote[] against) => Verify(folder, [.. Keys.Published.Verifiers], against);

    public static ExportReport Verify(string folder, NoteVerifier[] keys, params SignedNote[] against) => ExportVerifier.Verify(folder, new ExportChecks
    {
        Format = AuditFormat.Records,
        Keys = [.. keys],
        Against = [.. against.Select(note => new Witnessed("witness", note))],
    }, Ct);

    /// <summary>Runs a command line on this clock.</summary>
    public Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => RunAsync(Time, args);

    public static async Task<(int Code, string Output, string Error)> RunAsync(TimeProvider time, params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, VerifyCommand.Create(time), ExportCommand.Create(time), ArchiveCommand.Create(time), HoldCommand.Create(time));
        return (code, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Keys.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
