using JamEmr.Engine;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>States and their etags.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task Given_nothing_stored_When_read_Then_there_is_nothing()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();

        Assert.Null(await store.ReadStateAsync(Some.Grain(), "state", Some.Ct));
    }

    [Fact]
    public async Task Given_a_state_written_When_opened_again_Then_it_is_there_with_its_etag()
    {
        await using var engine = new TempEngine();
        string etag;
        await using (var store = await engine.OpenAsync()) etag = await store.WriteTextAsync(Some.Grain(), "first");

        var reopened = await engine.OpenAsync();

        Assert.Equal("first", await reopened.ReadTextAsync(Some.Grain()));
        Assert.Equal(etag, (await reopened.ReadStateAsync(Some.Grain(), "state", Some.Ct))!.Value.Etag);
    }

    [Fact]
    public async Task Given_two_names_types_and_keys_When_written_Then_each_is_its_own()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var other = GrainId.Create("encounter", Some.Grain().Key.ToString()!);

        await store.WriteTextAsync(Some.Grain(), "one");
        await store.WriteTextAsync(Some.Grain(), "two", name: "other");
        await store.WriteTextAsync(Some.Grain(2), "three");
        await store.WriteTextAsync(other, "four");

        Assert.Equal("one", await store.ReadTextAsync(Some.Grain()));
        Assert.Equal("two", await store.ReadTextAsync(Some.Grain(), "other"));
        Assert.Equal("three", await store.ReadTextAsync(Some.Grain(2)));
        Assert.Equal("four", await store.ReadTextAsync(other));
    }

    [Fact]
    public async Task Given_an_empty_and_a_large_payload_When_read_Then_they_are_the_same()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);

        await store.WriteStateAsync(Some.Grain(), "empty", ReadOnlyMemory<byte>.Empty, null);
        await store.WriteStateAsync(Some.Grain(), "large", large, null);

        Assert.Equal(0, (await store.ReadStateAsync(Some.Grain(), "empty", Some.Ct))!.Value.Payload.Length);
        Assert.Equal(large, (await store.ReadStateAsync(Some.Grain(), "large", Some.Ct))!.Value.Payload.ToArray());
    }

    [Fact]
    public async Task Given_a_stale_etag_When_written_Then_it_conflicts_and_names_both_etags()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var first = await store.WriteTextAsync(Some.Grain(), "first");
        var second = await store.WriteTextAsync(Some.Grain(), "second", first);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteTextAsync(Some.Grain(), "third", first));

        Assert.Equal(second, conflict.StoredEtag);
        Assert.Equal(first, conflict.CurrentEtag);
        Assert.Equal("second", await store.ReadTextAsync(Some.Grain()));
    }

    [Theory]
    [InlineData("not an etag")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("99999999999999999999")]
    public async Task Given_an_etag_that_is_none_When_written_Then_it_conflicts(string etag)
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.WriteTextAsync(Some.Grain(), "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteTextAsync(Some.Grain(), "second", etag));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await store.ClearStateAsync(Some.Grain(), "state", etag));
    }

    [Fact]
    public async Task Given_a_state_When_written_as_new_or_cleared_as_missing_Then_it_conflicts()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.WriteTextAsync(Some.Grain(), "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteTextAsync(Some.Grain(), "second"));
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await store.ClearStateAsync(Some.Grain(), "state", null));
        Assert.Equal("first", await store.ReadTextAsync(Some.Grain()));
    }

    [Fact]
    public async Task Given_a_state_cleared_When_written_again_Then_an_etag_from_before_never_fits()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var before = await store.WriteTextAsync(Some.Grain(), "first");
        await store.ClearStateAsync(Some.Grain(), "state", before);
        Assert.Null(await store.ReadTextAsync(Some.Grain()));

        await store.ClearStateAsync(Some.Grain(), "state", null);
        await store.WriteTextAsync(Some.Grain(), "second");

        await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteTextAsync(Some.Grain(), "late", before));
    }

    [Fact]
    public async Task Given_a_closed_store_When_used_Then_it_says_that_it_stopped()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.WriteTextAsync(Some.Grain(), "first");
        await store.DisposeAsync();

        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "second"));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.ReadTextAsync(Some.Grain()));
    }
}
