using System.Globalization;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Ledger;

/// <summary>How long something took, in milliseconds.</summary>
internal sealed record Latency(double P50Ms, double P99Ms)
{
    public static Latency Of(LatencyHistogram histogram) =>
        new(Math.Round(histogram.Percentile(0.5) / 1e6, 2), Math.Round(histogram.Percentile(0.99) / 1e6, 2));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"50 % within {P50Ms:N2} ms, 99 % within {P99Ms:N2} ms");
}

/// <summary>One kind of question, asked with many values.</summary>
/// <param name="Kind">Conditions and order.</param>
/// <param name="Asked">How often.</param>
/// <param name="Took">How long a page took.</param>
internal sealed record PageFigure(string Kind, long Asked, Latency Took);

/// <summary>The ledger's figures. Null: not measured, and <see cref="Notes"/> says why.</summary>
internal sealed record LedgerReport
{
    /// <summary>Records in the log when proofs and pages were measured.</summary>
    public required long Records { get; init; }

    /// <summary>The mean size of a record, in bytes of JSON.</summary>
    public required double RecordBytes { get; init; }

    /// <summary>Ceiling: what one commit after the other could do on the same disk in the same run.</summary>
    public double? FdatasyncPerSecond { get; init; }

    /// <summary>Durable records per second from <see cref="Callers"/> callers, each awaiting one record after the other. Goal on 2 cores: 10,000.</summary>
    public double? AppendedPerSecond { get; init; }

    /// <summary>How long a record took to be durable. Goal: 99 % within 20 ms.</summary>
    public Latency? Append { get; init; }

    /// <summary>An inclusion proof of any record in the log as it stands. Goal: 5 ms.</summary>
    public Latency? InclusionProof { get; init; }

    /// <summary>A page of 50, of all kinds together. Goal: 99 % within 100 ms.</summary>
    public Latency? Pages { get; init; }

    /// <summary>The kind of page that took longest.</summary>
    public PageFigure? WorstPages { get; init; }

    /// <summary>Every kind of page.</summary>
    public IReadOnlyList<PageFigure> PageKinds { get; init; } = [];

    /// <summary>Records that verifying the store itself recomputed in a second of one core's time.</summary>
    public double? StoreVerifiedPerCoreSecond { get; init; }

    /// <summary>Records that verifying an export recomputed in a second of one core's time. Goal: 300,000.</summary>
    public double? ExportVerifiedPerCoreSecond { get; init; }

    /// <summary>The same by the clock, on all cores.</summary>
    public double? ExportVerifiedPerSecond { get; init; }

    /// <summary>All files of the ledger over its records, in bytes. Goal: 400.</summary>
    public double? BytesOnDiskPerRecord { get; init; }

    /// <summary>How many appended at once.</summary>
    public required int Callers { get; init; }

    /// <summary>What it ran on.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        string.Create(CultureInfo.InvariantCulture, $"On {Machine.Cores} cores ({Machine.Processor}), {Machine.Runtime}, {Machine.FileSystem}; {Records:N0} records of {RecordBytes:N0} bytes"),
        Line("durable records", AppendedPerSecond, "N0", "/s", $"{Append}; {Callers} callers; fdatasync: {Number(FdatasyncPerSecond, "N0")}/s"),
        Line("inclusion proof", InclusionProof?.P99Ms, "N2", " ms", $"{InclusionProof}"),
        Line("page of 50", Pages?.P99Ms, "N1", " ms", $"{Pages}; worst: {WorstPages?.Kind}, {WorstPages?.Took}"),
        .. PageKinds.Select(kind => $"    {kind.Kind,-44} {kind.Took}"),
        Line("store verified", StoreVerifiedPerCoreSecond, "N0", "/s", "records per core"),
        Line("export verified", ExportVerifiedPerCoreSecond, "N0", "/s", $"records per core; {Number(ExportVerifiedPerSecond, "N0")}/s on all"),
        Line("on disk", BytesOnDiskPerRecord, "N0", " bytes", "per record, all told"),
        .. Notes.Select(note => $"note: {note}"),
    ]);

    private static string Line(string what, double? value, string format, string unit, string more) =>
        $"{what,-16}{(value is null ? "not measured" : Number(value, format) + unit),16}   {more}";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "not measured";
}
