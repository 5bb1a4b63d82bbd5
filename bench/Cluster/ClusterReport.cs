using System.Globalization;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Cluster;

/// <summary>The figures of a cluster on one machine. Null: not measured, and <see cref="Notes"/> says why.</summary>
internal sealed record ClusterReport
{
    /// <summary>Durable state writes per second of one silo.</summary>
    public IReadOnlyList<WritesFigure>? Writes { get; init; }

    /// <summary>How soon everybody was served again after a silo was killed, each time.</summary>
    public IReadOnlyList<FailoverFigure>? Failover { get; init; }

    /// <summary>Requests per second with one silo, and with two.</summary>
    public IReadOnlyList<ClusterHttpFigure>? Http { get; init; }

    /// <summary>HTTPS connections, each with one request at a time.</summary>
    public required int Connections { get; init; }

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
        .. Failover?.Select(Line) ?? [],
        .. Http?.SelectMany(Lines) ?? [],
        .. Notes.Select(note => $"note: {note}"),
    ]);

    private static string Line(WritesFigure w) => string.Create(
        CultureInfo.InvariantCulture,
        $"durable writes, {w.Callers,3} callers {w.PerSecond,8:N0}/s   p50 {w.P50Ms:N2} ms, p99 {w.P99Ms:N2} ms; processor per write: silo {w.SiloUs:N0} µs, PostgreSQL {w.DatabaseUs:N0} µs; {w.AllocatedBytes:N0} bytes allocated, {w.WalBytes:N0} of WAL, {w.Transactions:N2} transactions; pgbench {Number(w.PgBenchPerSecond, "N0")}/s ({Number(w.ToPgBench, "N2")} of it), PostgreSQL {Number(w.PgBenchDatabaseUs, "N0")} µs");

    private static string Line(FailoverFigure f) => string.Create(
        CultureInfo.InvariantCulture,
        $"silo killed, with {f.OnKilledSilo} of {f.Grains} patients: first read after {f.FirstMs:N0} ms, half after {f.HalfMs:N0} ms, all after {f.AllMs:N0} ms{(f.NotBack > 0 ? $" ({f.NotBack} not within three minutes)" : "")}; until then refused: {string.Join(", ", f.Refused.Select(static r => $"{r.Value} with {r.Key}").DefaultIfEmpty("none"))}");

    private static IEnumerable<string> Lines(ClusterHttpFigure h) =>
    [
        Line(h.Silos, "anonymous", h.Anonymous),
        Line(h.Silos, "audited read", h.AuditedRead) + string.Create(CultureInfo.InvariantCulture, $"; {h.AuditedReadToAnonymous:N2} of anonymous"),
        Line(h.Silos, "audited update", h.AuditedUpdate),
    ];

    private static string Line(int silos, string what, ClusterRequestFigure r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{what}, {silos} silo(s) {r.PerSecond,8:N0}/s   p50 {r.P50Ms:N2} ms, p99 {r.P99Ms:N2} ms; processor per request: front door {r.ApiUs:N0} µs, silos {r.SilosUs:N0} µs, PostgreSQL {r.DatabaseUs:N0} µs; {r.Transactions:N2} transactions");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "not measured";
}
