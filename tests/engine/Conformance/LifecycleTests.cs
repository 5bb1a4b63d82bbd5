using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Activations come when called and go when idle or told to; callers notice nothing.</summary>
public sealed class LifecycleTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync(new EngineSettings { Fleeting = true });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_grain_that_asks_to_go_When_called_again_Then_it_was_told_and_a_new_activation_answers()
    {
        var (grain, probe) = Grain();
        await grain.RememberAsync("in memory").Soon();

        await grain.LeaveAsync(slowly: false).Soon();
        await probe.SeenAsync("deactivated").Soon();

        Assert.Null(await grain.RecallAsync().Soon());
        Assert.Equal(["activating", "activated", "left", "deactivated with in memory", "activating", "activated"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_grain_that_asks_to_go_When_requests_are_queued_Then_it_ends_its_own_and_the_next_activation_serves_them()
    {
        var (grain, probe) = Grain();
        await grain.RememberAsync("in memory").Soon();
        var leave = grain.LeaveAsync(slowly: true);
        await probe.SeenAsync("leaving").Soon();
        var recalls = Enumerable.Range(0, 20).Select(_ => grain.RecallAsync()).ToArray();

        probe.Open("finish");

        await leave.Soon();
        Assert.All(await Task.WhenAll(recalls).Soon(), Assert.Null);
        Assert.Equal(["activating", "activated", "left", "deactivated with in memory", "activating", "activated"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_grain_that_leaves_again_and_again_When_called_all_the_while_Then_every_call_is_answered()
    {
        var (grain, probe) = Grain();

        await Task.WhenAll([.. Enumerable.Range(0, 200).Select(n => Task.Run(() => n % 10 == 0 ? grain.LeaveAsync(slowly: false) : grain.RecallAsync()))]).Soon();

        Assert.Equal(20, probe.Count("left"));
        Assert.InRange(probe.Count("activated"), 2, 21);
        Assert.InRange(probe.Count("activated") - probe.Count("deactivated"), 0, 1);
    }

    [Fact]
    public async Task Given_an_activation_that_fails_When_called_Then_the_caller_gets_the_error_and_the_next_call_tries_again()
    {
        var (grain, probe) = Grain();
        probe.Signal("refuse");
        probe.Signal("refuse");

        var first = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.RememberAsync("one").Soon());
        var second = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.RememberAsync("two").Soon());
        await grain.RememberAsync("three").Soon();

        Assert.Equal(["The chart cannot be read.", "The chart cannot be read."], [first.Message, second.Message]);
        Assert.Equal("three", await grain.RecallAsync().Soon());
        Assert.Equal(["activating", "activating", "activating", "activated"], probe.Journal);
    }

    [Fact]
    public async Task Given_an_idle_activation_When_its_age_is_reached_Then_it_is_collected_and_comes_back_when_called()
    {
        var (grain, probe) = Grain();
        await grain.RememberAsync("in memory").Soon();

        await _host.PassUntilAsync(probe.SeenAsync("deactivated"), _host.IdleAge / 4);

        Assert.Null(await grain.RecallAsync().Soon());
        Assert.Equal(["activating", "activated", "deactivated with in memory", "activating", "activated"], probe.Journal);
    }

    [Fact]
    public async Task Given_an_activation_in_use_When_others_grow_old_Then_it_stays()
    {
        var (used, _) = Grain();
        var (idle, idleProbe) = Grain();
        await used.RememberAsync("in use").Soon();
        await idle.RememberAsync("idle").Soon();

        await _host.PassUntilAsync(idleProbe.SeenAsync("deactivated"), _host.IdleAge / 8, between: () => used.RecallAsync().Soon());

        Assert.Equal("in use", await used.RecallAsync().Soon());
    }

    [Fact]
    public async Task Given_a_running_request_When_the_idle_age_has_long_passed_Then_the_activation_stays_until_it_ends()
    {
        var (grain, probe) = Grain();
        var (idle, idleProbe) = Grain();
        await grain.RememberAsync("in use").Soon();
        var hold = grain.HoldAsync();
        await probe.SeenAsync("holding").Soon();
        await idle.RememberAsync("idle").Soon();

        await _host.PassUntilAsync(idleProbe.SeenAsync("deactivated"), _host.IdleAge / 4);

        Assert.Equal(0, probe.Count("deactivated"));
        probe.Open("finish");
        await Task.WhenAny(hold).Soon();
        Assert.Equal(1, probe.Count("activated"));
    }

    [Fact]
    public async Task Given_a_grain_that_fails_to_go_When_called_again_Then_a_new_activation_answers_all_the_same()
    {
        var (grain, probe) = Grain();
        probe.Signal("fail leaving");
        await grain.RememberAsync("in memory").Soon();

        await grain.LeaveAsync(slowly: false).Soon();
        await probe.SeenAsync("deactivated").Soon();

        Assert.Null(await grain.RecallAsync().Soon());
        Assert.Equal(2, probe.Count("activated"));
    }

    private (ILifeGrain Grain, Probe Probe) Grain()
    {
        var key = Probe.NewKey("life");
        return (_host.Grains.GetGrain<ILifeGrain>(key), Probe.Of(key));
    }
}
