using System.Net;
using JamEmr.Bench.Crash;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>kill of PostgreSQL under load: nothing is answered that is not recorded, and when it is back, so is the cluster, by itself.</summary>
[Collection("Processes")]
public sealed class LostDatabaseTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_load_When_PostgreSQL_is_killed_Then_all_is_refused_and_after_its_return_nothing_acknowledged_is_lost()
    {
        await using var cluster = await TestCluster.StartWithServerAsync(Ct);
        using var http = Http.NewClient();
        using var load = await cluster.LoadAsync(Ct);
        await load.AcknowledgesAsync(200, Ct);
        var desk = await People.SignInAtDeskAsync(http, cluster.Addresses[0], Ct);
        var path = (await Registered.ManyAsync(http, cluster.Addresses[0], desk, 1, Ct))[0];

        await cluster.Server!.KillAsync();
        for (var api = 0; api < cluster.Addresses.Count; api++)
        {
            var read = await http.SendAsync(cluster.Addresses[api], new Ask(HttpMethod.Get, path, desk), Ct);
            Assert.True(read.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, read.ToString());
            Assert.False(await cluster.IsReadyAsync(api, http, Ct));
        }

        await cluster.Server.StartAgainAsync();
        await load.AcknowledgesAsync(200, Ct);
        Assert.All(cluster.Processes.All, static process => Assert.False(process.HasEnded, process.Name));
        await load.EndAsync(Ct);
        for (var api = 0; api < cluster.Addresses.Count; api++) Assert.True(await cluster.IsReadyAsync(api, http, Ct));
    }
}
