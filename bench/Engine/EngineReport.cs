using System.Globalization;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Engine;

/// <summary>The figures. Null: not measured, and <see cref="Notes"/> says why.</summary>
internal sealed record EngineReport
{
    /// <summary>Grain calls per second. Goal on 2 cores: 1,000,000.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>99 % of the calls were answered within this, in microseconds.</summary>
    public double? CallP99Us { get; init; }

    /// <summary>Durable 1 kB state writes per second. Goal on 2 cores: 10,000.</summary>
    public double? WritesPerSecond { get; init; }

    /// <summary>99 % of the writes were on disk within this, in milliseconds.</summary>
    public double? WriteP99Ms { get; init; }

    /// <summary>From starting the api's process to its being ready with 10,000 patients on disk. Goal: 2 seconds.</summary>
    public double? ReadySeconds { get; init; }

    /// <summary>The api's resident memory when idle after that start, in MB (10^6 bytes). Goal: 250.</summary>
    public double? IdleMb { get; init; }

    /// <summary>Ceiling for calls: the same round trips over bare channels.</summary>
    public double? ChannelRoundTripsPerSecond { get; init; }

    /// <summary>Ceiling for writes: what one commit after another could do; grouped commits pass it.</summary>
    public double? FdatasyncPerSecond { get; init; }

    /// <summary>Writes that shared one flush of the disk, at the least: writes per second over flushes per second.</summary>
    public double? WritesPerFdatasync => FdatasyncPerSecond > 0 ? WritesPerSecond / FdatasyncPerSecond : null;

    /// <summary>How many grains were called.</summary>
    public required int Grains { get; init; }

    /// <summary>How many called at once.</summary>
    public required int Callers { get; init; }

    /// <summary>How long each load was measured.</summary>
    public required double MeasuredSeconds { get; init; }

    /// <summary>The size of a state in memory, in bytes of JSON.</summary>
    public required int StateBytes { get; init; }

    /// <summary>What it ran on.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        $"On {Machine.Cores} cores ({Machine.Processor}), {Machine.Runtime}, {Machine.FileSystem}; {Grains} grains, {Callers} callers, {MeasuredSeconds} s each",
        Line("grain calls", CallsPerSecond, "/s", "N0", $"99 % within {Number(CallP99Us, "N0")} µs; bare channels: {Number(ChannelRoundTripsPerSecond, "N0")}/s"),
        Line("durable writes", WritesPerSecond, "/s", "N0", $"{StateBytes} bytes each; 99 % within {Number(WriteP99Ms, "N1")} ms; fdatasync: {Number(FdatasyncPerSecond, "N0")}/s"),
        Line("start to ready", ReadySeconds, " s", "N2", "10,000 patients on disk"),
        Line("idle memory", IdleMb, " MB", "N0", "after that start"),
        .. Notes.Select(note => $"note: {note}"),
    ]);

    private static string Line(string what, double? value, string unit, string format, string more) =>
        $"{what,-16}{(value is null ? "not measured" : Number(value, format) + unit),16}   {more}";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "not measured";
}
