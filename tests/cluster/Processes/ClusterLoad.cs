using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>The load of the crash proof, at work on a cluster: it keeps its own account of what was acknowledged.</summary>
internal sealed class ClusterLoad : IDisposable
{
    // More than anything takes on a busy machine; what it takes is measured elsewhere.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly TestCluster _cluster;
    private readonly LoadProcess _process;
    private readonly string _account;

    private ClusterLoad(TestCluster cluster, LoadProcess process, string account, Returning returning) =>
        (_cluster, _process, _account, Returning) = (cluster, process, account, returning);

    /// <summary>What its people sign in with once more.</summary>
    public Returning Returning { get; }

    /// <summary>Founds the practice and begins to work through every front door.</summary>
    public static async Task<ClusterLoad> StartAsync(TestCluster cluster, CancellationToken ct)
    {
        var account = Path.Combine(cluster.Processes.Folder, "acknowledged.ndjson");
        var process = LoadProcess.Start(account, seed: 20261122);
        try
        {
            return new ClusterLoad(cluster, process, account, await process.FoundAsync(cluster.Processes.SetupCode, cluster.Addresses, ct));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Completes when so many operations more are acknowledged.</summary>
    public async Task AcknowledgesAsync(int more, CancellationToken ct) =>
        Assert.True(await _process.AcknowledgesAsync(more, Limit, ct), $"The cluster acknowledged fewer than {more} operations in {Limit}.{Consoles()}");

    /// <summary>Ends the load and holds what is there against what was acknowledged.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        await _process.EndAsync(ct);
        var acknowledged = Acknowledged.Read(_account);
        await Proof.HoldAsync(_cluster, Returning, acknowledged, _process.Faults, ct);
        TestContext.Current.TestOutputHelper?.WriteLine($"{acknowledged.Count} operations acknowledged, {_process.Repeated} asked again.");
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private string Consoles() => string.Concat(_cluster.Processes.Silos.Select(static silo => $"{Environment.NewLine}-- {silo.Name}{Environment.NewLine}{silo.Tail}"));
}
