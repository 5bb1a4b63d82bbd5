using System.Globalization;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Http;

/// <summary>What one kind of request came to.</summary>
/// <param name="PerSecond">Requests answered per second, with server and load on the same machine.</param>
/// <param name="PerSecondPerServerCore">Requests per second of one core's time that the server process used.</param>
/// <param name="P99Ms">99 % were answered within this.</param>
internal sealed record HttpFigure(double PerSecond, double PerSecondPerServerCore, double P50Ms, double P99Ms)
{
    /// <summary>For people.</summary>
    public string ToText(string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"{what,-26}{PerSecond,10:N0}/s   {PerSecondPerServerCore,10:N0}/s per core of server time   50 % within {P50Ms:N2} ms, 99 % within {P99Ms:N2} ms");
}

/// <summary>The figures of one run: all on the same machine, certificate and connections.</summary>
internal sealed record HttpReport
{
    /// <summary>A bare Kestrel endpoint with 1 kB of JSON.</summary>
    public required HttpFigure Bare { get; init; }

    /// <summary>GET of a patient: authenticated, allowed, on the audit stream before the answer.</summary>
    public required HttpFigure AuditedRead { get; init; }

    /// <summary>PUT of a patient: authenticated, allowed, state and audit record durable before the answer.</summary>
    public required HttpFigure AuditedUpdate { get; init; }

    /// <summary>Audited reads for each bare answer. Goal: 0.25.</summary>
    public double AuditedReadToBare => AuditedRead.PerSecond / Bare.PerSecond;

    /// <summary>One flush of the disk after the other: what a write that waits alone could do at most.</summary>
    public required double FdatasyncPerSecond { get; init; }

    /// <summary>Connections, each with one request at a time.</summary>
    public required int Connections { get; init; }

    /// <summary>How long each kind was measured.</summary>
    public required double MeasuredSeconds { get; init; }

    /// <summary>What it ran on.</summary>
    public required Machine Machine { get; init; }

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        $"On {Machine.Cores} cores ({Machine.Processor}), {Machine.Runtime}, {Machine.FileSystem}; {Connections} HTTPS connections, {MeasuredSeconds} s each, load on the same machine",
        Bare.ToText("bare Kestrel, 1 kB"),
        AuditedRead.ToText("audited read"),
        AuditedUpdate.ToText("audited update"),
        string.Create(CultureInfo.InvariantCulture, $"audited read / bare: {AuditedReadToBare:N2}; fdatasync: {FdatasyncPerSecond:N0}/s"),
    ]);
}
