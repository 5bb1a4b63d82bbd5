namespace JamEmr.Tests.Cluster.Processes;

/// <summary>kill -9 of a silo under load: the other goes on, and nothing acknowledged is lost.</summary>
[Collection("Processes")]
public sealed class LostSiloTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_load_When_each_silo_is_killed_and_comes_back_Then_nothing_acknowledged_is_missing_doubled_or_forked()
    {
        await using var cluster = await TestCluster.StartAtDefaultsAsync(Ct);
        using var load = await cluster.LoadAsync(Ct);
        await load.AcknowledgesAsync(200, Ct);
        for (var victim = 0; victim < 2; victim++)
        {
            Assert.True(cluster.Processes.Silos[victim].Kill());
            await load.AcknowledgesAsync(200, Ct);
            await (await cluster.Processes.LaunchSiloAgainAsync(victim)).ReadyAsync(Ct);
            await load.AcknowledgesAsync(100, Ct);
        }

        await load.EndAsync(Ct);
    }
}
