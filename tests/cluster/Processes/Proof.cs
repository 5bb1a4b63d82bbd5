using JamEmr.Bench.Crash;
using JamEmr.Bench.Crash.Check;
using JamEmr.Ledger.Postgres;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>Holds a cluster to what it acknowledged.</summary>
internal static class Proof
{
    /// <summary>
    /// Everything acknowledged has its record, once, of the same content; every version of every entity has its record and every record of a
    /// change its version; the log has no gap, no fork and no record twice; nothing was answered that no server may.
    /// </summary>
    public static async Task HoldAsync(
        TestCluster cluster, Returning returning, IReadOnlyList<Acknowledged> acknowledged, IEnumerable<string> faults, CancellationToken ct)
    {
        var findings = new Findings();
        foreach (var fault in faults) findings.Add(fault);
        var state = await new StateReader(cluster.Addresses[0], returning, acknowledged).ReadAsync(findings, ct);
        await using var ledger = await PostgresLedgerStore.OpenAsync(new PostgresLedgerOptions { ConnectionString = cluster.Connection, ReadOnly = true, Timeout = TimeSpan.FromSeconds(30) }, ct);
        var logs = await LogReader.ReadAsync(ledger, acknowledged, findings, ct);
        AckCheck.Check(acknowledged, logs, findings);
        StateCheck.Check(state, acknowledged, logs, findings);
        Assert.True(findings.Told.Count == 0, string.Join(Environment.NewLine, findings.Told));
    }
}
