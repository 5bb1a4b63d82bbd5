using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What the grain storage provider asks: one row per state, each write fenced by the version it was made for.</summary>
public sealed class StateQueryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_no_state_When_written_for_the_first_time_Then_its_version_is_one_and_it_is_read_back()
    {
        await using var queries = await ProviderQueries.CreateAsync();

        Assert.Empty(await ReadAsync(queries, "p1/a"));
        Assert.Equal(1, await WriteAsync(queries, "p1/a", null, [1, 2, 3]));

        var row = Assert.Single(await ReadAsync(queries, "p1/a"));
        Assert.Equal<byte>([1, 2, 3], row.Get<byte[]>("PayloadBinary"));
        Assert.Equal(1, row.Get<int>("Version"));
    }

    [Fact]
    public async Task Given_a_state_When_written_with_another_version_Then_nothing_is_answered_and_nothing_changes()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await WriteAsync(queries, "p1/a", null, [1]);

        Assert.Equal(2, await WriteAsync(queries, "p1/a", 1, [2]));
        Assert.Null(await WriteAsync(queries, "p1/a", 1, [3]));
        Assert.Null(await WriteAsync(queries, "p1/a", 3, [4]));
        Assert.Null(await WriteAsync(queries, "p1/a", null, [5]));
        Assert.Null(await WriteAsync(queries, "p1/none", 1, [6]));

        var row = Assert.Single(await ReadAsync(queries, "p1/a"));
        Assert.Equal((2, 2), (row.Get<int>("Version"), row.Get<byte[]>("PayloadBinary")[0]));
        Assert.Empty(await ReadAsync(queries, "p1/none"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_two_activations_When_both_write_the_same_state_at_once_Then_one_of_them_is_refused(bool first)
    {
        await using var queries = await ProviderQueries.CreateAsync();
        if (!first) await WriteAsync(queries, "p1/a", null, [0]);
        int? version = first ? null : 1;
        await using var one = await queries.ConnectAsync();
        await using var transaction = await one.BeginTransactionAsync(Ct);
        Assert.Single(await queries.AskAsync(one, "WriteToStorageKey", Write("p1/a", version, [1])));

        // It waits for the first, which has not said yet whether it stays.
        var other = WriteAsync(queries, "p1/a", version, [2]);
        await queries.BlockedAsync();
        Assert.False(other.IsCompleted);
        await transaction.CommitAsync(Ct);

        Assert.Null(await other);
        Assert.Equal(1, Assert.Single(await ReadAsync(queries, "p1/a")).Get<byte[]>("PayloadBinary")[0]);
    }

    [Fact]
    public async Task Given_a_state_that_was_cleared_When_written_with_a_version_from_before_Then_it_is_refused_for_ever()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await WriteAsync(queries, "p1/a", null, [1]);

        Assert.Empty(await queries.AskAsync("ClearStorageKey", Clear("p1/a", 2)));
        Assert.Equal(2, Assert.Single(await queries.AskAsync("ClearStorageKey", Clear("p1/a", 1))).Get<int>("NewGrainStateVersion"));
        Assert.Null(Assert.Single(await ReadAsync(queries, "p1/a")).Get<byte[]?>("PayloadBinary"));

        Assert.Null(await WriteAsync(queries, "p1/a", 1, [2]));
        Assert.Null(await WriteAsync(queries, "p1/a", null, [2]));
        Assert.Equal(3, await WriteAsync(queries, "p1/a", 2, [3]));
        Assert.Null(await WriteAsync(queries, "p1/a", 1, [4]));
    }

    [Fact]
    public async Task Given_a_state_When_deleted_Then_only_its_own_version_deletes_it()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await WriteAsync(queries, "p1/a", null, [1]);

        Assert.Empty(await queries.AskAsync("DeleteStorageKey", Clear("p1/a", 7)));
        Assert.Equal(2, Assert.Single(await queries.AskAsync("DeleteStorageKey", Clear("p1/a", 1))).Get<int>("NewGrainStateVersion"));
        Assert.Empty(await ReadAsync(queries, "p1/a"));
    }

    [Fact]
    public async Task Given_keys_that_look_alike_When_written_Then_each_has_a_row_of_its_own()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        string[] keys = ["cafe", "CAFE", "0cafe", "café", "cafe ", "p1/cafe"];
        foreach (var key in keys) Assert.Equal(1, await WriteAsync(queries, key, null, [(byte)key.Length]));
        foreach (var key in keys) Assert.Equal(key.Length, Assert.Single(await ReadAsync(queries, key)).Get<byte[]>("PayloadBinary")[0]);
        Assert.Equal(1, await WriteAsync(queries, "cafe", null, [1], name: "other/state"));
        Assert.Equal(1, await WriteAsync(queries, "cafe", null, [1], service: "other"));
    }

    [Fact]
    public async Task Given_a_key_that_is_a_number_When_written_Then_no_row_is_made()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var written = await queries.AskAsync("WriteToStorageKey", new
        {
            GrainIdN0 = 1L,
            GrainIdN1 = 0L,
            GrainTypeString = "chart/state",
            GrainIdExtensionString = "a",
            ServiceId = "s",
            GrainStateVersion = (int?)null,
            PayloadBinary = new byte[] { 1 },
        });
        Assert.Empty(written);
        await Assert.ThrowsAsync<PostgresException>(() => queries.AskAsync("WriteToStorageKey", Write(null!, null, [1])));
    }

    [Fact]
    public async Task Given_a_state_of_two_megabytes_When_written_and_read_Then_it_is_whole()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var large = new byte[2 << 20];
        new Random(4).NextBytes(large);
        await WriteAsync(queries, "p1/a", null, large);
        await WriteAsync(queries, "p1/a", 1, large);
        Assert.Equal(large, Assert.Single(await ReadAsync(queries, "p1/a")).Get<byte[]>("PayloadBinary"));
    }

    [Fact]
    public async Task Given_every_statement_When_planned_Then_an_index_finds_the_row()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        Assert.DoesNotContain("Seq Scan", await queries.PlanAsync("ReadFromStorageKey", Read("p1/a")), StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", await queries.PlanAsync("WriteToStorageKey", Write("p1/a", 1, [1])), StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", await queries.PlanAsync("ClearStorageKey", Clear("p1/a", 1)), StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", await queries.PlanAsync("DeleteStorageKey", Clear("p1/a", 1)), StringComparison.Ordinal);
    }

    private static async Task<int?> WriteAsync(
        ProviderQueries queries, string key, int? version, byte[] payload, string name = "chart/state", string service = "s") =>
        (await queries.AskAsync("WriteToStorageKey", Write(key, version, payload, name, service))).SingleOrDefault()?.Get<int>("NewGrainStateVersion");

    private static Task<List<Row>> ReadAsync(ProviderQueries queries, string key) => queries.AskAsync("ReadFromStorageKey", Read(key));

    private static object Write(string key, int? version, byte[] payload, string name = "chart/state", string service = "s") => new
    {
        GrainIdHash = key?.Length ?? 0,
        GrainIdN0 = 0L,
        GrainIdN1 = 0L,
        GrainTypeHash = 7,
        GrainTypeString = name,
        GrainIdExtensionString = key,
        ServiceId = service,
        GrainStateVersion = version,
        PayloadBinary = payload,
    };

    private static object Read(string key) =>
        new { GrainIdHash = key.Length, GrainIdN0 = 0L, GrainIdN1 = 0L, GrainTypeHash = 7, GrainTypeString = "chart/state", GrainIdExtensionString = key, ServiceId = "s" };

    private static object Clear(string key, int version) => new
    {
        GrainIdHash = key.Length,
        GrainIdN0 = 0L,
        GrainIdN1 = 0L,
        GrainTypeHash = 7,
        GrainTypeString = "chart/state",
        GrainIdExtensionString = key,
        ServiceId = "s",
        GrainStateVersion = (int?)version,
    };
}
