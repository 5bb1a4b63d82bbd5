namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What the clustering provider asks: every change of the table is made for the version that the silo had read.</summary>
public sealed class MembershipQueryTests
{
    private const int Active = 3;
    private const int Dead = 6;
    private static readonly DateTime Start = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Given_a_cluster_When_its_version_is_made_twice_Then_the_second_makes_nothing()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        Assert.Empty(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" }));
        Assert.True(await YesAsync(queries, "InsertMembershipVersionKey", new { DeploymentId = "c" }));
        Assert.False(await YesAsync(queries, "InsertMembershipVersionKey", new { DeploymentId = "c" }));

        var row = Assert.Single(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" }));
        Assert.Equal(0, row.Get<int>("Version"));
        Assert.Null(row.Get<object?>("StartTime"));
    }

    [Fact]
    public async Task Given_a_silo_When_added_Then_it_is_read_whole_and_the_version_has_moved()
    {
        await using var queries = await WithSilosAsync();

        var row = Assert.Single(await queries.AskAsync("MembershipReadRowKey", new { DeploymentId = "c", Address = "10.0.0.1", Port = 11111, Generation = 1 }));

        Assert.Equal((1, 11111, 1, Active, 30000), (row.Get<int>("Version"), row.Get<int>("Port"), row.Get<int>("Generation"), row.Get<int>("Status"), row.Get<int>("ProxyPort")));
        Assert.Equal(("10.0.0.1", "silo-1", "host-1"), (row.Get<string>("Address"), row.Get<string>("SiloName"), row.Get<string>("HostName")));
        Assert.Equal((Start, Start), (row.Get<DateTime>("StartTime"), row.Get<DateTime>("IAmAliveTime")));
        Assert.Null(row.Get<string?>("SuspectTimes"));
        var unknown = Assert.Single(await queries.AskAsync("MembershipReadRowKey", new { DeploymentId = "c", Address = "10.0.0.9", Port = 11111, Generation = 1 }));
        Assert.Equal((1, null), (unknown.Get<int>("Version"), unknown.Get<object?>("StartTime")));
    }

    [Fact]
    public async Task Given_two_silos_that_read_the_same_version_When_both_are_added_Then_one_of_them_is()
    {
        await using var queries = await WithSilosAsync();

        var added = await Task.WhenAll(Enumerable.Range(2, 6).Select(n => YesAsync(queries, "InsertMembershipKey", Silo(n, version: 1))));

        Assert.Single(added, yes => yes);
        Assert.Equal([2, 2], (await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" })).Select(row => row.Get<int>("Version")));
    }

    [Fact]
    public async Task Given_a_silo_that_is_there_When_added_again_Then_neither_it_nor_the_version_changes()
    {
        await using var queries = await WithSilosAsync();
        Assert.False(await YesAsync(queries, "InsertMembershipKey", Silo(1, version: 1)));
        Assert.Equal(1, Assert.Single(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" })).Get<int>("Version"));
    }

    [Fact]
    public async Task Given_an_old_version_or_an_unknown_silo_When_changed_Then_nothing_changes()
    {
        await using var queries = await WithSilosAsync();
        Assert.False(await YesAsync(queries, "UpdateMembershipKey", Change(1, Dead, version: 0)));
        Assert.False(await YesAsync(queries, "UpdateMembershipKey", Change(9, Dead, version: 1)));
        Assert.True(await YesAsync(queries, "UpdateMembershipKey", Change(1, Dead, version: 1)));

        var row = Assert.Single(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" }));
        Assert.Equal((2, Dead, "S10.0.0.2:11111:1,2026-03-02"), (row.Get<int>("Version"), row.Get<int>("Status"), row.Get<string>("SuspectTimes")));
    }

    [Fact]
    public async Task Given_a_silo_that_says_it_is_alive_Then_the_version_stays()
    {
        await using var queries = await WithSilosAsync();
        await queries.AskAsync("UpdateIAmAlivetimeKey", new { DeploymentId = "c", Address = "10.0.0.1", Port = 11111, Generation = 1, IAmAliveTime = Start.AddMinutes(1) });
        var row = Assert.Single(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" }));
        Assert.Equal((1, Start.AddMinutes(1)), (row.Get<int>("Version"), row.Get<DateTime>("IAmAliveTime")));
    }

    [Fact]
    public async Task Given_silos_When_a_client_asks_for_gateways_Then_those_are_told_that_are_active_and_let_clients_in()
    {
        await using var queries = await WithSilosAsync();
        await YesAsync(queries, "InsertMembershipKey", Silo(2, version: 1, proxyPort: 0));
        await YesAsync(queries, "InsertMembershipKey", Silo(3, version: 2, status: Dead));

        var row = Assert.Single(await queries.AskAsync("GatewaysQueryKey", new { DeploymentId = "c", Status = Active }));

        Assert.Equal(("10.0.0.1", 30000, 1), (row.Get<string>("Address"), row.Get<int>("ProxyPort"), row.Get<int>("Generation")));
    }

    [Fact]
    public async Task Given_dead_silos_When_old_ones_are_cleaned_up_Then_active_and_young_ones_stay()
    {
        await using var queries = await WithSilosAsync();
        await YesAsync(queries, "InsertMembershipKey", Silo(2, version: 1, status: Dead));
        await YesAsync(queries, "InsertMembershipKey", Silo(3, version: 2, status: Dead, alive: Start.AddDays(8)));

        await queries.AskAsync("CleanupDefunctSiloEntriesKey", new { DeploymentId = "c", IAmAliveTime = Start.AddDays(7) });

        Assert.Equal(
            ["10.0.0.1", "10.0.0.3"],
            (await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" })).Select(row => row.Get<string>("Address")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_cluster_When_its_entries_are_deleted_Then_other_clusters_stay()
    {
        await using var queries = await WithSilosAsync();
        await queries.AskAsync("InsertMembershipVersionKey", new { DeploymentId = "other" });

        await queries.AskAsync("DeleteMembershipTableEntriesKey", new { DeploymentId = "c" });

        Assert.Empty(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "c" }));
        Assert.Single(await queries.AskAsync("MembershipReadAllKey", new { DeploymentId = "other" }));
    }

    private static async Task<ProviderQueries> WithSilosAsync()
    {
        var queries = await ProviderQueries.CreateAsync();
        await queries.AskAsync("InsertMembershipVersionKey", new { DeploymentId = "c" });
        Assert.True(await YesAsync(queries, "InsertMembershipKey", Silo(1, version: 0)));
        return queries;
    }

    // The provider takes the only column, whatever it is called, for yes or no.
    private static async Task<bool> YesAsync(ProviderQueries queries, string key, object parameters)
    {
        var row = Assert.Single(await queries.AskAsync(key, parameters));
        Assert.Equal(1, row.Columns);
        return row.Get<int>(0) > 0;
    }

    private static object Silo(int number, int version, int status = Active, int proxyPort = 30000, DateTime? alive = null) => new
    {
        DeploymentId = "c",
        IAmAliveTime = alive ?? Start,
        SiloName = $"silo-{number}",
        HostName = $"host-{number}",
        Address = $"10.0.0.{number}",
        Port = 11111,
        Generation = 1,
        StartTime = Start,
        Status = status,
        ProxyPort = proxyPort,
        Version = version,
    };

    private static object Change(int number, int status, int version) => new
    {
        DeploymentId = "c",
        Address = $"10.0.0.{number}",
        Port = 11111,
        Generation = 1,
        IAmAliveTime = Start,
        Status = status,
        SuspectTimes = "S10.0.0.2:11111:1,2026-03-02",
        Version = version,
    };
}
