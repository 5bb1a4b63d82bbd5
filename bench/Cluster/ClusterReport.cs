using System.Globalization;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Cluster;

/// <summary>The figures of a cluster on one machine. Null: not measured, and <see cref="Notes"/> says why.</summary>
internal sealed record ClusterReport
{
    /// <summary>Durable state writes per second of one silo.</summary>
    public IReadOnlyList<WritesFigure>? Writes { get; init; }

    /// <summary>How many grains were written, and rows updated.</summary>
    public required int Grains { get; init; }

    /// <summary>How long each load was measured.</summary>
    public required double MeasuredSeconds { get; init; }

    /// <summary>PostgreSQL, with those of its settings that matter here and are not its own defaults.</summary>
    public required string Database { get; init; }

    /// <summary>The machine's load average over the minute before, and over the last of the run: what else it had to do.</summary>
    public required double[] LoadAverage { get; init; }

    /// <summary>What it ran on.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        string.Create(CultureInfo.InvariantCulture, $"On {Machine.Cores} cores ({Machine.Processor}), {Machine.Runtime}, {Machine.FileSystem}, {Database}; load average {LoadAverage[0]:N1} before, {LoadAverage[1]:N1} at the end; {MeasuredSeconds} s each"),
        .. Writes?.Select(Line) ?? [],
        .. Notes.Select(note => $"note: {note}"),
    ]);

    private static string Line(WritesFigure w) => string.Create(
        CultureInfo.InvariantCulture,
        $"durable writes, {w.Callers,3} callers {w.PerSecond,8:N0}/s   p50 {w.P50Ms:N2} ms, p99 {w.P99Ms:N2} ms; processor per write: silo {w.SiloUs:N0} µs, PostgreSQL {w.DatabaseUs:N0} µs; {w.AllocatedBytes:N0} bytes allocated, {w.WalBytes:N0} of WAL, {w.Transactions:N2} transactions; pgbench {Number(w.PgBenchPerSecond, "N0")}/s ({Number(w.ToPgBench, "N2")} of it), PostgreSQL {Number(w.PgBenchDatabaseUs, "N0")} µs");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "not measured";
}
