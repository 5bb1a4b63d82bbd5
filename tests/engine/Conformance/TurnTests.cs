using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>One request at a time, each once, in the order that a caller sent them where caller and grain are in one process.</summary>
/// <remarks>Order is promised once there is an activation: Orleans takes up what was sent before in any order.</remarks>
public sealed class TurnTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Given_one_caller_outside_When_it_sends_without_awaiting_Then_each_request_runs_once_and_in_order_within_a_process()
    {
        var grain = engine.Grains.GetGrain<ICounterGrain>(Probe.NewKey());
        await grain.ActivationAsync().Soon();

        await Task.WhenAll([.. Enumerable.Range(0, 1000).Select(grain.AppendAsync)]).Soon();

        AssertInOrder(await grain.NumbersAsync().Soon());
    }

    [Fact]
    public async Task Given_a_grain_as_caller_When_it_sends_without_awaiting_Then_each_request_runs_once_and_in_order_within_a_process()
    {
        var counter = Probe.NewKey();
        await engine.Grains.GetGrain<ICounterGrain>(counter).ActivationAsync().Soon();

        await engine.Grains.GetGrain<ICallerGrain>(Probe.NewKey("caller")).SendAsync(counter, 1000).Soon();

        AssertInOrder(await engine.Grains.GetGrain<ICounterGrain>(counter).NumbersAsync().Soon());
    }

    [Fact]
    public async Task Given_many_callers_When_they_call_one_grain_Then_none_is_lost_and_each_ones_order_holds()
    {
        var grain = engine.Grains.GetGrain<ICounterGrain>(Probe.NewKey());

        await Task.WhenAll([.. Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var n = 0; n < 100; n++) await grain.AppendAsync((caller * 1000) + n);
        }))]).Soon();

        var numbers = await grain.NumbersAsync().Soon();
        Assert.Equal(1600, numbers.Length);
        foreach (var caller in numbers.GroupBy(n => n / 1000))
            Assert.Equal(Enumerable.Range(caller.Key * 1000, 100), caller);
    }

    [Fact]
    public async Task Given_requests_that_await_When_many_are_sent_Then_never_two_run_at_once()
    {
        var key = Probe.NewKey();
        var grain = engine.Grains.GetGrain<ICounterGrain>(key);

        await Task.WhenAll([.. Enumerable.Range(0, 200).Select(_ => Task.Run(grain.SectionAsync))]).Soon();

        Assert.Equal(1, Probe.Of(key).Most);
    }

    [Fact]
    public async Task Given_a_request_that_waits_When_another_arrives_Then_it_sees_the_first_one_finished()
    {
        var key = Probe.NewKey("fan-out");
        var grain = engine.Grains.GetGrain<IFanOutGrain>(key);
        var hold = grain.HoldAsync();
        await Probe.Of(key).SeenAsync("holding").Soon();

        var busy = Enumerable.Range(0, 20).Select(_ => grain.BusyAsync()).ToArray();
        Assert.DoesNotContain(busy, b => b.IsCompleted);
        Probe.Of(key).Open("finish");

        await hold.Soon();
        Assert.DoesNotContain(true, await Task.WhenAll(busy).Soon());
    }

    [Theory]
    [InlineData("yield")]
    [InlineData("pool")]
    [InlineData("blocked")]
    [InlineData("delay")]
    [InlineData("grain")]
    public async Task Given_a_grain_that_fans_out_When_its_lines_go_on_Then_never_two_run_at_once(string foreign)
    {
        var grain = engine.Grains.GetGrain<IFanOutGrain>(Probe.NewKey("fan-out"));

        var result = await grain.FanOutAsync(foreign, width: 40, rounds: 25).Soon();

        Assert.Equal(new FanOutResult(Lines: 40 * 26, Overlaps: 0, Strays: 0), result);
    }

    [Fact]
    public async Task Given_one_busy_grain_When_others_are_called_Then_they_answer()
    {
        var key = Probe.NewKey("fan-out");
        var hold = engine.Grains.GetGrain<IFanOutGrain>(key).HoldAsync();
        await Probe.Of(key).SeenAsync("holding").Soon();

        Assert.False(await engine.Grains.GetGrain<IFanOutGrain>(Probe.NewKey("fan-out")).BusyAsync().Soon());
        Assert.False(hold.IsCompleted);

        Probe.Of(key).Open("finish");
        await hold.Soon();
    }

    [Fact]
    public async Task Given_more_waiting_requests_than_threads_When_another_grain_is_called_Then_it_answers()
    {
        var keys = Enumerable.Range(0, 500).Select(_ => Probe.NewKey("fan-out")).ToArray();
        var holds = keys.Select(key => engine.Grains.GetGrain<IFanOutGrain>(key).HoldAsync()).ToArray();
        foreach (var key in keys) await Probe.Of(key).SeenAsync("holding").Soon();

        Assert.False(await engine.Grains.GetGrain<IFanOutGrain>(Probe.NewKey("fan-out")).BusyAsync().Soon());

        foreach (var key in keys) Probe.Of(key).Open("finish");
        await Task.WhenAll(holds).Soon();
    }

    private void AssertInOrder(IEnumerable<int> numbers) =>
        Assert.Equal(Enumerable.Range(0, 1000), engine.Host.KeepsOrder ? numbers : numbers.Order());
}
