using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What may run between the turns of a request, and what may not. Gates decide the order, never time.</summary>
public sealed class InterleavingTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Given_a_plain_grain_held_When_called_Then_the_call_waits()
    {
        var (grain, probe) = Door();
        var hold = grain.HoldAsync("first");
        await probe.SeenAsync("holding").Soon();

        var pass = grain.PassAsync();
        await grain.PeekAsync().Soon();
        Assert.False(pass.IsCompleted);
        probe.Open("first");
        await Task.WhenAll(hold, pass).Soon();

        Assert.Equal(["holding", "peeked", "held", "passed"], probe.Journal);
        Assert.Equal(1, probe.Most);
    }

    [Fact]
    public async Task Given_a_plain_grain_held_When_a_method_that_always_interleaves_is_called_Then_it_answers_at_once()
    {
        var (grain, probe) = Door();
        var hold = grain.HoldAsync("first");
        await probe.SeenAsync("holding").Soon();

        await Task.WhenAll([.. Enumerable.Range(0, 20).Select(_ => grain.PeekAsync())]).Soon();

        Assert.False(hold.IsCompleted);
        Assert.Equal(20, probe.Count("peeked"));
        probe.Open("first");
        await hold.Soon();
    }

    [Fact]
    public async Task Given_a_reader_inside_When_others_read_Then_they_read_together()
    {
        var (grain, probe) = Door();
        var reads = Enumerable.Range(0, 5).Select(_ => grain.ReadAsync("reads")).ToArray();

        await probe.SeenAsync("reading", times: 5).Soon();

        Assert.Equal(5, probe.Most);
        probe.Open("reads");
        await Task.WhenAll(reads).Soon();
    }

    [Fact]
    public async Task Given_readers_inside_When_one_writes_Then_it_waits_for_them()
    {
        var (grain, probe) = Door();
        var reads = Enumerable.Range(0, 3).Select(_ => grain.ReadAsync("reads")).ToArray();
        await probe.SeenAsync("reading", times: 3).Soon();

        var write = grain.WriteAsync();
        await grain.PeekAsync().Soon();
        Assert.False(write.IsCompleted);
        Assert.Equal(0, probe.Count("writing"));
        probe.Open("reads");
        await Task.WhenAll([.. reads, write]).Soon();

        Assert.Equal(0, probe.Count("writer met reader"));
    }

    [Fact]
    public async Task Given_a_plain_request_inside_When_one_reads_Then_it_waits()
    {
        var (grain, probe) = Door();
        probe.Open("reads");
        var hold = grain.HoldAsync("first");
        await probe.SeenAsync("holding").Soon();

        var read = grain.ReadAsync("reads");
        await grain.PeekAsync().Soon();
        Assert.Equal(0, probe.Count("reading"));
        probe.Open("first");
        await Task.WhenAll(hold, read).Soon();

        Assert.Equal(1, probe.Most);
    }

    [Fact]
    public async Task Given_reads_and_writes_mixed_When_they_race_Then_no_reader_ever_meets_a_writer()
    {
        var (grain, probe) = Door();
        probe.Open("reads");

        await Task.WhenAll([.. Enumerable.Range(0, 300).Select(n => Task.Run(() => n % 3 == 0 ? grain.WriteAsync() : grain.ReadAsync("reads")))]).Soon();

        Assert.Equal(100, probe.Count("writing"));
        Assert.Equal(200, probe.Count("reading"));
        Assert.Equal(0, probe.Count("writer met reader") + probe.Count("reader met writer"));
    }

    [Fact]
    public async Task Given_a_reentrant_grain_held_When_called_Then_it_answers_at_once()
    {
        var key = Probe.NewKey("reentrant");
        var probe = Probe.Of(key);
        var grain = engine.Grains.GetGrain<IReentrantGrain>(key);
        var hold = grain.HoldAsync("first");
        await probe.SeenAsync("holding").Soon();

        await grain.PassAsync().Soon();

        Assert.False(hold.IsCompleted);
        probe.Open("first");
        await hold.Soon();
        Assert.Equal(["holding", "passed", "held"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_reentrant_grain_When_many_requests_interleave_Then_still_no_two_lines_run_at_once()
    {
        var grain = engine.Grains.GetGrain<IReentrantGrain>(Probe.NewKey("reentrant"));

        var met = await Task.WhenAll([.. Enumerable.Range(0, 50).Select(_ => Task.Run(() => grain.SectionsAsync(40)))]).Soon();

        Assert.Equal(0, met.Sum());
    }

    [Fact]
    public async Task Given_two_reentrant_grains_When_they_call_each_other_to_and_fro_Then_there_is_no_deadlock()
    {
        var (here, there) = (Probe.NewKey("reentrant"), Probe.NewKey("reentrant"));

        Assert.Equal(8, await engine.Grains.GetGrain<IReentrantGrain>(here).ThereAndBackAsync(there, 8).Soon());
    }

    private (IDoorGrain Grain, Probe Probe) Door()
    {
        var key = Probe.NewKey("door");
        return (engine.Grains.GetGrain<IDoorGrain>(key), Probe.Of(key));
    }
}
