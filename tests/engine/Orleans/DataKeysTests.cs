using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Storage;
using JamEmr.Tests.Support;
using Orleans.Runtime;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>Whose database it is.</summary>
public sealed class DataKeysTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    // As a release that did not know of it left it.
    [InlineData("UPDATE jamemr_store SET service_id = NULL")]
    public async Task Given_a_database_of_one_installation_When_a_silo_of_another_name_starts_Then_it_is_refused_and_told_the_name(string between)
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        await using var database = await ClusterDatabase.CreateAsync();
        await OpenAsync(database, "clinic");
        if (between.Length > 0) await database.ExecuteAsync(between);
        await OpenAsync(database, "clinic");

        var refused = await Assert.ThrowsAsync<OrleansConfigurationException>(() => OpenAsync(database, "jamemr"));

        Assert.Contains("clinic", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ServiceId", refused.Message, StringComparison.Ordinal);
    }

    private static async Task OpenAsync(ClusterDatabase database, string service)
    {
        var master = ClusterMasterKey.Find(new OrleansEngineOptions { MasterKeyFile = database.MasterKeyFile });
        await using var keys = new DataKeys(database.Connection, master, service);
        await keys.OpenAsync(Ct);
    }
}
