using System.Diagnostics;
using System.Globalization;
using JamEmr.Bench.Measuring;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Bench.Ledger;

/// <summary>What to measure, and how.</summary>
/// <param name="Folder">Where the ledger is made and removed again.</param>
/// <param name="Records">Records in the log when proofs and pages are measured.</param>
/// <param name="Measured">How long appending is measured.</param>
/// <param name="Callers">How many append at once.</param>
/// <param name="Asked">How often each kind of page is asked for.</param>
/// <param name="Keep">Leaves the ledger for the next run.</param>
/// <param name="Postgres">How to reach the PostgreSQL database that holds the ledger; null for SQLite in the folder.</param>
internal sealed record LedgerBenchmarkOptions(string Folder, long Records, TimeSpan Measured, int Callers, int Asked, bool Keep, string? Postgres = null);

/// <summary>Takes the ledger's figures on a log of its full size, one after the other so that none disturbs another.</summary>
internal static class LedgerBenchmark
{
    private const string Log = "bench";
    private const int Batch = 4096;
    private const int Proofs = 2000;

    /// <summary>Runs; <paramref name="progress"/> hears what is under way.</summary>
    public static async Task<LedgerReport> RunAsync(LedgerBenchmarkOptions options, Action<string> progress, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, options.Keep ? "kept" : $"run-{Environment.ProcessId}")).FullName;
        var postgres = options.Postgres is { } connection ? new PostgresPlace(connection) : null;
        try
        {
            var data = Path.Combine(folder, "ledger");
            var report = new LedgerReport
            {
                Records = 0,
                RecordBytes = Math.Round(Enumerable.Range(0, 1000).Average(n => AuditSamples.Record(n).Bytes.Length)),
                Callers = options.Callers,
                Machine = Machine.Describe(folder),
                Notes = Build.IsOptimized ? [] : ["this is a debug build; run with -c Release"],
            };
            await using (ILedgerStore store = postgres is null ? await SqliteLedgerStore.OpenAsync(data, ct: ct) : await postgres.OpenAsync(ct))
            {
                await FillAsync(store, options.Records, progress, ct);
                report = await AppendAsync(report, store, options, folder, progress);
                report = await ProveAsync(report, store, progress, ct);
                report = await PageBenchmark.RunAsync(report, store, Log, options.Asked, progress, ct);
                report = await VerifyAsync(report, store, progress, ct);
                report = await ExportVerification.RunAsync(report, store, Log, folder, progress, ct);

                // What else is measured on the same log comes here: a step takes the report and answers it with its figures.
            }

            var bytes = postgres is null ? Directory.EnumerateFiles(data).Sum(file => new FileInfo(file).Length) : await postgres.BytesAsync(ct);
            return report with { BytesOnDiskPerRecord = Math.Round((double)bytes / report.Records, 1) };
        }
        finally
        {
            if (!options.Keep) Directory.Delete(folder, recursive: true);
            if (!options.Keep && postgres is not null) await postgres.RemoveAsync();
        }
    }

    // In large batches, made while the one before is written: only the size matters here.
    private static async Task FillAsync(ILedgerStore store, long records, Action<string> progress, CancellationToken ct)
    {
        Task writing = Task.CompletedTask;
        var begin = (await store.HeadAsync(Log, ct)).Size / Batch * Batch;
        for (var from = begin; from < records; from += Batch)
        {
            if (from % (Batch * 64) == 0) progress(string.Create(CultureInfo.InvariantCulture, $"filling: {from:N0} of {records:N0}"));
            var batch = new LedgerRecord[Math.Min(Batch, records - from)];
            for (var i = 0; i < batch.Length; i++) batch[i] = AuditSamples.Record(from + i);
            await writing;
            writing = store.AppendAsync(Log, batch, ct);
        }

        await writing;
    }

    private static async Task<LedgerReport> AppendAsync(
        LedgerReport report, ILedgerStore store, LedgerBenchmarkOptions options, string folder, Action<string> progress)
    {
        progress("ceiling: fdatasync");
        var before = Ceilings.FdatasyncPerSecond(folder);
        progress($"appending from {options.Callers} callers");
        var next = (await store.HeadAsync(Log, CancellationToken.None)).Size - 1;
        var appends = await Load.RunAsync(options.Callers, TimeSpan.FromSeconds(3), options.Measured,
            (_, _) => store.AppendAsync(Log, [AuditSamples.Record(Interlocked.Increment(ref next))], CancellationToken.None));

        // The disk is not always the same; the mean of before and after is what the appends had.
        var after = Ceilings.FdatasyncPerSecond(folder);
        progress(string.Create(CultureInfo.InvariantCulture, $"appended: {appends.PerSecond:N0}/s, {Latency.Of(appends.Latency)}"));
        return report with
        {
            Records = (await store.HeadAsync(Log, CancellationToken.None)).Size,
            FdatasyncPerSecond = Math.Round((before + after) / 2),
            AppendedPerSecond = Math.Round(appends.PerSecond),
            Append = Latency.Of(appends.Latency),
        };
    }

    private static async Task<LedgerReport> ProveAsync(LedgerReport report, ILedgerStore store, Action<string> progress, CancellationToken ct)
    {
        var random = new Random(1);
        var histogram = new LatencyHistogram();
        for (var i = 0; i < Proofs; i++)
        {
            var index = random.NextInt64(report.Records);
            var since = Stopwatch.GetTimestamp();
            await store.InclusionProofAsync(Log, index, null, ct);
            histogram.Record((long)Stopwatch.GetElapsedTime(since).TotalNanoseconds);
        }

        progress($"inclusion proofs: {Latency.Of(histogram)}");
        return report with { InclusionProof = Latency.Of(histogram) };
    }

    private static async Task<LedgerReport> VerifyAsync(LedgerReport report, ILedgerStore store, Action<string> progress, CancellationToken ct)
    {
        progress("verifying the store");
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var verified = await LedgerAudit.VerifyAsync(store, Log, null, ct);
        process.Refresh();
        if (!verified.IsSound) throw new InvalidOperationException(verified.First!.Message);
        return report with { StoreVerifiedPerCoreSecond = Math.Round(verified.Records / (process.TotalProcessorTime - before).TotalSeconds) };
    }
}
