using JamEmr.Bench.Crash;
using JamEmr.Bench.Crash.Check;

namespace JamEmr.Tests.Api;

/// <summary>The crash proof can fail: each kind of loss is a finding.</summary>
public sealed class CrashCheckTests
{
    private static readonly Guid Patient = new("0195a000-0000-7000-8000-000000000001");

    [Fact]
    public void Given_all_that_was_acknowledged_When_checked_Then_no_finding() => Assert.Empty(FindingsOf(Records(1, 2), shown: 2));

    [Fact]
    public void Given_an_acknowledged_operation_without_its_record_When_checked_Then_found() =>
        Assert.Contains(FindingsOf(Records(1), shown: 1), finding => finding.Contains("has 0 records", StringComparison.Ordinal));

    [Fact]
    public void Given_an_acknowledged_operation_recorded_twice_When_checked_Then_found() =>
        Assert.Contains(FindingsOf([.. Records(1, 2), .. Records(2)], shown: 2), finding => finding.Contains("has 2 records", StringComparison.Ordinal));

    [Fact]
    public void Given_a_change_without_a_record_When_checked_Then_found() =>
        Assert.Contains(FindingsOf(Records(1, 2), shown: 3), finding => finding.Contains("shows version 3", StringComparison.Ordinal));

    [Fact]
    public void Given_a_record_of_a_change_that_is_not_there_When_checked_Then_found() =>
        Assert.Contains(FindingsOf(Records(1, 2), shown: null), finding => finding.Contains("is not there", StringComparison.Ordinal));

    [Fact]
    public void Given_an_older_state_than_acknowledged_When_checked_Then_found() =>
        Assert.Contains(FindingsOf(Records(1, 2), shown: 1), finding => finding.Contains("version 2 was acknowledged, 1 is there", StringComparison.Ordinal));

    [Fact]
    public void Given_a_record_of_other_content_When_checked_Then_found() =>
        Assert.Contains(FindingsOf([.. Records(1), Record(2) with { ContentHash = "other" }], shown: 2), finding => finding.Contains("other content", StringComparison.Ordinal));

    private static IReadOnlyList<string> FindingsOf(IReadOnlyList<LogRecord> records, int? shown)
    {
        var findings = new Findings();
        Acknowledged[] acknowledged = [Ack(1, "patient.registered"), Ack(2, "patient.updated")];
        var logs = new Logs(records, Heads: 0);
        AckCheck.Check(acknowledged, logs, findings);
        StateCheck.Check(shown is { } version ? [new Shown("patient", Patient, version, Hash(version))] : [], acknowledged, logs, findings);
        return findings.Told;
    }

    private static Acknowledged Ack(int version, string what) =>
        new("PUT", "/v1/patients", 200, $"request-{version}", what, null, Patient, version, Hash(version), Hash(version));

    private static LogRecord[] Records(params int[] versions) => [.. versions.Select(Record)];

    private static LogRecord Record(int version) => new(
        new Guid(version, 0, 0, new byte[8]),
        version == 1 ? "patient.registered" : "patient.updated",
        version == 1 ? "create" : "update",
        "success",
        Patient.ToString("D"),
        $"request-{version}",
        Hash(version),
        new Dictionary<string, string>(StringComparer.Ordinal) { ["version"] = $"{version}" });

    private static string Hash(int version) => $"hash-{version}";
}
