using System.Globalization;

namespace JamEmr.Bench.Crash;

/// <summary>What is to be done.</summary>
/// <param name="Assembly">The built server, JamEmr.Api.dll.</param>
/// <param name="Folder">A folder for the server's data and the load's account; it must be empty or missing.</param>
/// <param name="Rounds">How often the server is killed.</param>
/// <param name="Seed">What the moments are chosen from.</param>
public sealed record CrashPlan(string Assembly, string Folder, int Rounds, int Seed = 20261122);

/// <summary>What came of it.</summary>
public sealed record CrashReport
{
    /// <summary>How often the server was killed.</summary>
    public int Rounds => UnderLoad + StartingUp + ShuttingDown;

    /// <summary>Killed while it served.</summary>
    public required int UnderLoad { get; init; }

    /// <summary>Killed between its start and its first words.</summary>
    public required int StartingUp { get; init; }

    /// <summary>Killed after it was asked to stop.</summary>
    public required int ShuttingDown { get; init; }

    /// <summary>Operations that the server acknowledged, reads included.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Operations in flight at a kill that were asked again.</summary>
    public required int Repeated { get; init; }

    /// <summary>Records on all logs.</summary>
    public required long Records { get; init; }

    /// <summary>Heads seen on the way, each proven to be the beginning of the last.</summary>
    public required int Heads { get; init; }

    /// <summary>Patients, charts, appointments and encounters found, each compared with its records.</summary>
    public required int Entities { get; init; }

    /// <summary>State changes found, each with its record.</summary>
    public required int Changes { get; init; }

    /// <summary>How long the rounds took.</summary>
    public required double RoundsSeconds { get; init; }

    /// <summary>How long it took to check.</summary>
    public required double CheckSeconds { get; init; }

    /// <summary>What is wrong; empty when nothing is. At most <see cref="Most"/> are told.</summary>
    public required IReadOnlyList<string> Findings { get; init; }

    /// <summary>The most findings that are told.</summary>
    public const int Most = 50;

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        string.Create(CultureInfo.InvariantCulture, $"Killed {Rounds} times in {RoundsSeconds:F0} s: {UnderLoad} under load, {StartingUp} while starting, {ShuttingDown} while stopping."),
        string.Create(CultureInfo.InvariantCulture, $"Acknowledged {Acknowledged} operations (asked again: {Repeated}); on the log: {Records} records; {Heads} heads."),
        string.Create(CultureInfo.InvariantCulture, $"Checked in {CheckSeconds:F0} s: {Entities} entities with {Changes} changes."),
        string.Create(CultureInfo.InvariantCulture, $"Findings: {Findings.Count}"),
        .. Findings,
    ]);
}
