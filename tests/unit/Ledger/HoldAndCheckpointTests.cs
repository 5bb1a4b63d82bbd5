using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

public abstract class HoldAndCheckpointTests(Func<TestLedger> make) : StoreTests(make)
{
    private static readonly DateTimeOffset Hour = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Given_checkpoints_of_three_hours_When_kept_Then_the_last_of_each_hour_and_of_each_witness_stay()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        for (var i = 1; i <= 18; i++) await store.SaveCheckpointAsync(Samples.Log, Own(i), Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(3), Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(8) with { Witness = "w1" }, Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(9) with { Witness = "w1" }, Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(7) with { Witness = "w1" }, Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(18) with { Witness = "w2" }, Ct);
        await store.SaveCheckpointAsync("another", Own(1), Ct);

        StoredCheckpoint[] expected = [Own(5), Own(9) with { Witness = "w1" }, Own(11), Own(17), Own(18), Own(18) with { Witness = "w2" }];
        Assert.Equal(expected, await store.CheckpointsAsync(Samples.Log, Ct));
        await store.DisposeAsync();
        var again = await ledger.OpenStoreAsync();
        Assert.Equal(expected, await again.CheckpointsAsync(Samples.Log, Ct));
        Assert.Equal([Own(1)], await again.CheckpointsAsync("another", Ct));
        Assert.Empty(await again.CheckpointsAsync("none", Ct));
    }

    [Fact]
    public async Task Given_a_checkpoint_with_a_witness_that_is_ahead_When_kept_Then_it_is_the_newest()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        await store.SaveCheckpointAsync(Samples.Log, Own(1), Ct);
        await store.SaveCheckpointAsync(Samples.Log, Own(2) with { Witness = "w" }, Ct);
        Assert.Equal([Own(2) with { Witness = "w" }], await store.CheckpointsAsync(Samples.Log, Ct));
    }

    [Fact]
    public async Task Given_holds_When_placed_again_and_lifted_Then_each_is_told_as_it_was_first_placed_and_first_lifted()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var (later, earlier) = (new LegalHold(Samples.Id(1), Hour.AddTicks(7), "case 12"), new LegalHold(Samples.Id(2), Hour, "case 11"));
        await store.PlaceHoldAsync(Samples.Log, later, Ct);
        await store.PlaceHoldAsync(Samples.Log, earlier, Ct);
        await store.PlaceHoldAsync(Samples.Log, later with { Reason = "another", Placed = Hour.AddDays(9) }, Ct);
        Assert.Equal([earlier, later], await store.HoldsAsync(Samples.Log, Ct));
        Assert.Empty(await store.HoldsAsync("another", Ct));

        Assert.False(await store.LiftHoldAsync("another", later.Id, Hour, Ct));
        Assert.False(await store.LiftHoldAsync(Samples.Log, Samples.Id(3), Hour, Ct));
        Assert.True(await store.LiftHoldAsync(Samples.Log, later.Id, Hour.AddDays(1), Ct));
        Assert.False(await store.LiftHoldAsync(Samples.Log, later.Id, Hour.AddDays(2), Ct));
        Assert.Equal([earlier, later with { Lifted = Hour.AddDays(1) }], await store.HoldsAsync(Samples.Log, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.PlaceHoldAsync(Samples.Log, later with { Reason = " " }, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.SaveCheckpointAsync(Samples.Log, Own(1) with { Note = "" }, Ct));
    }

    private static StoredCheckpoint Own(int number) => new(100 * number, Hour.AddMinutes(10 * number), null, $"note {number}");
}
