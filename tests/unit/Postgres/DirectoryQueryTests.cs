namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What the grain directory provider asks.</summary>
public sealed class DirectoryQueryTests
{
    private static readonly string[] Columns = ["ClusterId", "ProviderId", "GrainId", "SiloAddress", "ActivationId"];

    [Fact]
    public async Task Given_a_grain_When_two_silos_register_it_Then_both_are_told_of_the_first()
    {
        await using var queries = await ProviderQueries.CreateAsync();

        Assert.Equal(("silo-1", "@1"), await RegisterAsync(queries, "g", "silo-1", "@1"));
        Assert.Equal(("silo-1", "@1"), await RegisterAsync(queries, "g", "silo-2", "@2"));

        var row = Assert.Single(await queries.AskAsync("LookupGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g" }));
        Assert.Equal(["c", "Default", "g", "silo-1", "@1"], Columns.Select(row.Get<string>));
        Assert.Empty(await queries.AskAsync("LookupGrainActivationKey", new { ClusterId = "other", ProviderId = "Default", GrainId = "g" }));
    }

    [Fact]
    public async Task Given_many_silos_When_they_register_a_grain_at_once_Then_all_are_told_the_same()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var told = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => RegisterAsync(queries, "g", $"silo-{n}", $"@{n}")));
        Assert.Single(told.Distinct());
    }

    [Fact]
    public async Task Given_an_activation_When_another_one_is_unregistered_Then_it_stays()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await RegisterAsync(queries, "g", "silo-1", "@1");

        Assert.Equal(0, await CountAsync(queries, "UnregisterGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g", ActivationId = "@2" }));
        Assert.Equal(1, await CountAsync(queries, "UnregisterGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g", ActivationId = "@1" }));

        Assert.Equal(("silo-2", "@2"), await RegisterAsync(queries, "g", "silo-2", "@2"));
    }

    [Fact]
    public async Task Given_silos_that_died_When_unregistered_Then_all_that_was_active_there_is_free()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        for (var n = 0; n < 9; n++) await RegisterAsync(queries, $"g{n}", $"silo-{n % 3}", $"@{n}");

        Assert.Equal(6, await CountAsync(queries, "UnregisterGrainActivationsKey", new { ClusterId = "c", ProviderId = "Default", SiloAddresses = "silo-0|silo-2" }));

        Assert.Single(await queries.AskAsync("LookupGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g1" }));
        Assert.Empty(await queries.AskAsync("LookupGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g2" }));
    }

    [Fact]
    public async Task Given_every_statement_When_planned_Then_an_index_finds_the_rows()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        Assert.DoesNotContain(
            "Seq Scan", await queries.PlanAsync("LookupGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = "g" }), StringComparison.Ordinal);
        Assert.Contains(
            "jamemr_activation_silo",
            await queries.PlanAsync("UnregisterGrainActivationsKey", new { ClusterId = "c", ProviderId = "Default", SiloAddresses = "a|b" }),
            StringComparison.Ordinal);
    }

    private static async Task<(string Silo, string Activation)> RegisterAsync(ProviderQueries queries, string grain, string silo, string activation)
    {
        var row = Assert.Single(await queries.AskAsync(
            "RegisterGrainActivationKey", new { ClusterId = "c", ProviderId = "Default", GrainId = grain, SiloAddress = silo, ActivationId = activation }));
        return (row.Get<string>("SiloAddress"), row.Get<string>("ActivationId"));
    }

    private static async Task<int> CountAsync(ProviderQueries queries, string key, object parameters) =>
        Assert.Single(await queries.AskAsync(key, parameters)).Get<int>(0);
}
