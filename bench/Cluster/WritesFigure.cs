namespace JamEmr.Bench.Cluster;

/// <summary>Durable state writes at one concurrency, beside pgbench at the same. Times of the processor are those of all cores together.</summary>
internal sealed record WritesFigure
{
    /// <summary>Callers at once, each awaiting every write; as many clients of pgbench.</summary>
    public required int Callers { get; init; }

    /// <summary>Grain calls per second that each wrote a sealed 1 kB state and were answered when it was on disk.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Half of the writes were on disk within this.</summary>
    public required double P50Ms { get; init; }

    /// <summary>99 % of the writes were on disk within this.</summary>
    public required double P99Ms { get; init; }

    /// <summary>Processor time of the silo (with the callers in it) per write, in microseconds.</summary>
    public required double SiloUs { get; init; }

    /// <summary>Processor time of PostgreSQL per write, in microseconds.</summary>
    public required double DatabaseUs { get; init; }

    /// <summary>What the silo's process allocated per write, in bytes.</summary>
    public required double AllocatedBytes { get; init; }

    /// <summary>What PostgreSQL wrote ahead per write, in bytes.</summary>
    public required double WalBytes { get; init; }

    /// <summary>Transactions of the database per write: 1 when nothing else is asked of it.</summary>
    public required double Transactions { get; init; }

    /// <summary>Updates per second by pgbench; null where it is not installed.</summary>
    public double? PgBenchPerSecond { get; init; }

    /// <summary>Their mean duration.</summary>
    public double? PgBenchMeanMs { get; init; }

    /// <summary>Processor time of PostgreSQL per update of pgbench, in microseconds.</summary>
    public double? PgBenchDatabaseUs { get; init; }

    /// <summary>Our writes for each of pgbench's.</summary>
    public double? ToPgBench => PgBenchPerSecond is > 0 ? PerSecond / PgBenchPerSecond : null;
}
