using System.Diagnostics.Metrics;

namespace JamEmr.Audit;

/// <summary>What the gate counts, on meter <c>JamEmr.Grains</c>. Tags are codes of the catalogue and outcomes: nothing of any person.</summary>
internal static class AuditMetrics
{
    private static readonly Meter Meter = new("JamEmr.Grains");

    private static readonly Counter<long> Records =
        Meter.CreateCounter<long>("jamemr.audit.records", "{record}", "Audit records on the stream's disk, by event and outcome.");

    private static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("jamemr.audit.failures", "{call}", "Calls refused because their records could not be published.");

    public static void Published(IEnumerable<AuditRecord> records)
    {
        if (!Records.Enabled) return;
        foreach (var record in records)
            Records.Add(1, new KeyValuePair<string, object?>("event", record.Event), new KeyValuePair<string, object?>("outcome", record.Outcome.ToString()));
    }

    private static readonly Counter<long> Alarms =
        Meter.CreateCounter<long>("jamemr.audit.alarms", "{alarm}", "Alarms raised, by reason.");

    public static void AlarmRaised(string reason) => Alarms.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void Failed() => Failures.Add(1);
}
