using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using JamEmr.Audit;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Cli.Transfer;
using JamEmr.Engine;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Support;
using JamEmr.Tests.Unit.Exports;

namespace JamEmr.Tests.Unit.Transfer;

/// <summary>The data folder of a service that runs: a real store of grains and a real ledger, gone after the test with all beside it.</summary>
internal sealed class TempPractice : IAsyncDisposable
{
    public const string Log = TempLog.Log;

    private readonly Meter _meter = new("test");

    public string Root { get; } = Directory.CreateTempSubdirectory("jamemr-transfer-").FullName;

    public string Data => Path.Combine(Root, "data");

    public string Copy => Path.Combine(Root, "backup");

    public string Again => Path.Combine(Root, "again");

    public string KeyFile => EngineContents.KeyFileOf(Data);

    public EngineStore Grains { get; private set; } = null!;

    public SqliteLedgerStore Ledger { get; private set; } = null!;

    public ManualTimeProvider Time { get; } = new(AuditSamples.Start.AddDays(30));

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A folder with a few states, a reminder, an event that waits, and two logs; still open, as a running service has it.</summary>
    public static async Task<TempPractice> StartAsync()
    {
        var practice = new TempPractice();
        await practice.OpenAsync();
        for (var n = 0; n < 5; n++) await practice.Grains.WriteStateAsync(Chart(n), "state", Encoding.UTF8.GetBytes($"chart {n}"), null);
        await practice.Grains.WriteReminderAsync(Chart(0), "follow-up", AuditSamples.Start, TimeSpan.FromHours(1));
        await practice.PublishAsync(1_000_000);
        await practice.Ledger.AppendAsync(GrainKeys.System, AuditSamples.Records(900_000, 2), Ct);
        await practice.Ledger.AppendAsync(Log, AuditSamples.Records(0, 300), Ct);
        return practice;
    }

    /// <summary>The same folder after the service has stopped.</summary>
    public static async Task<TempPractice> StoppedAsync()
    {
        var practice = await StartAsync();
        await practice.CloseAsync();
        return practice;
    }

    public static GrainId Chart(int number) => GrainId.Create("chart", string.Create(CultureInfo.InvariantCulture, $"{Log}/{number}"));

    public static StreamId Stream => StreamId.Create("audit", $"{Log}/audit");

    public static GrainId Sink => GrainId.Create("auditsink", $"{Log}/audit");

    /// <summary>Opens the folder as the service does at its start.</summary>
    public async Task OpenAsync()
    {
        Grains = await EngineStore.OpenAsync(new EngineStoreOptions { DataFolder = Data }, _meter, TimeProvider.System);
        Ledger = await SqliteLedgerStore.OpenAsync(Path.Combine(Data, "ledger"), ct: Ct);
    }

    public async Task CloseAsync()
    {
        await Ledger.DisposeAsync();
        await Grains.DisposeAsync();
    }

    /// <summary>Puts the audit record of this number on the stream.</summary>
    public Task<long> PublishAsync(int number) => Grains.AppendEventsAsync(
        Stream, [Sink], [AuditRecordJson.ToBytes(AuditSamples.Record(number))]).AsTask();

    /// <summary>Runs a command line on this clock.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, BackupCommand.Create(Time), RestoreCommand.Create(Time), MigrateCommand.Create(Time));
        return (code, output.ToString(), error.ToString());
    }

    public async Task BackUpAsync(string? to = null)
    {
        var (code, _, error) = await RunAsync("backup", "--data", Data, "--out", to ?? Copy);
        Assert.True(code == ExitCodes.Done, error);
    }

    /// <summary>What the commands said of a restore to <see cref="Again"/>, with the key of this folder.</summary>
    public Task<(int Code, string Output, string Error)> RestoreAsync(string? from = null) =>
        RunAsync("restore", "--from", from ?? Copy, "--data", Again, "--master-key-file", KeyFile);

    /// <summary>The states of a folder's grains as texts, by key.</summary>
    public Dictionary<string, string> StatesIn(string folder)
    {
        using var contents = Contents(folder);
        return contents.States().ToDictionary(state => state.GrainKey, state => Encoding.UTF8.GetString(state.Payload.Span), StringComparer.Ordinal);
    }

    /// <summary>The numbers of the events that wait in a folder.</summary>
    public List<int> EventsIn(string folder)
    {
        using var contents = Contents(folder);
        return [.. contents.Events().Select(one => BitConverter.ToInt32(AuditRecordJson.FromBytes(one.Payload.Span).Id.ToByteArray()))];
    }

    public EngineContents Contents(string folder) => EngineContents.Open(Path.Combine(folder, PracticeFiles.Engine), EngineContents.FindKey(Data, KeyFile));

    public static async Task<TreeHead> HeadInAsync(string folder, string log)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(Path.Combine(folder, "ledger"), new SqliteLedgerOptions { ReadOnly = true }, Ct);
        return await store.HeadAsync(log, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _meter.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
