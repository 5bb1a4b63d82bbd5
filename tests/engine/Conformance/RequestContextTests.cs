using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What a caller puts in the request context reaches whom it calls, and nobody else.</summary>
public sealed class RequestContextTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private IContextGrain Grain => engine.Grains.GetGrain<IContextGrain>(Probe.NewKey("context"));

    [Fact]
    public async Task Given_a_value_When_called_Then_the_grain_sees_it_through_all_its_awaits()
    {
        RequestContext.Set(ContextGrain.Entry, "treatment");

        Assert.Equal("treatment", await Grain.ReadAsync().Soon());
        Assert.Equal("treatment", await Grain.ReadLaterAsync().Soon());
    }

    [Fact]
    public async Task Given_a_value_When_the_grain_calls_on_Then_the_next_one_sees_it()
    {
        RequestContext.Set(ContextGrain.Entry, "treatment");

        Assert.Equal("treatment", await Grain.ReadThroughAsync(Probe.NewKey("context")).Soon());
    }

    [Fact]
    public async Task Given_a_grain_that_changes_the_value_When_it_has_answered_Then_the_caller_still_has_its_own()
    {
        RequestContext.Set(ContextGrain.Entry, "treatment");

        Assert.Equal("payment", await Grain.WriteThenReadThroughAsync("payment", Probe.NewKey("context")).Soon());

        Assert.Equal("treatment", RequestContext.Get(ContextGrain.Entry));
    }

    [Fact]
    public async Task Given_a_grain_that_removes_the_value_When_it_calls_on_Then_the_next_one_has_none_and_the_caller_has_it()
    {
        RequestContext.Set(ContextGrain.Entry, "treatment");

        Assert.Null(await Grain.RemoveThenReadThroughAsync(Probe.NewKey("context")).Soon());

        Assert.Equal("treatment", RequestContext.Get(ContextGrain.Entry));
    }

    [Fact]
    public async Task Given_a_call_with_a_value_When_the_next_call_has_none_Then_the_grain_sees_none()
    {
        var grain = Grain;
        RequestContext.Set(ContextGrain.Entry, "treatment");
        Assert.Equal("treatment", await grain.ReadAsync().Soon());

        RequestContext.Remove(ContextGrain.Entry);

        Assert.Null(await grain.ReadAsync().Soon());
        RequestContext.Clear();
        Assert.Null(await grain.ReadAsync().Soon());
    }

    [Fact]
    public async Task Given_a_call_sent_When_the_caller_changes_the_value_Then_the_call_keeps_what_it_was_sent_with()
    {
        var key = Probe.NewKey("context");
        RequestContext.Set(ContextGrain.Entry, "as sent");
        var call = engine.Grains.GetGrain<IContextGrain>(key).ReadAfterGateAsync();
        await Probe.Of(key).SeenAsync("waiting").Soon();

        RequestContext.Set(ContextGrain.Entry, "changed later");
        Probe.Of(key).Open("go on");

        Assert.Equal("as sent", await call.Soon());
    }

    [Fact]
    public async Task Given_interleaving_requests_When_each_has_its_own_value_Then_none_sees_anothers()
    {
        var key = Probe.NewKey("context");
        var grain = engine.Grains.GetGrain<IContextGrain>(key);
        var calls = Enumerable.Range(0, 50).Select(n => Task.Run(() =>
        {
            RequestContext.Set(ContextGrain.Entry, $"caller {n}");
            return grain.ReadAfterGateAsync();
        })).ToArray();
        await Probe.Of(key).SeenAsync("waiting", times: 50).Soon();

        Probe.Of(key).Open("go on");

        Assert.Equal(Enumerable.Range(0, 50).Select(n => $"caller {n}"), await Task.WhenAll(calls).Soon());
        Assert.Null(RequestContext.Get(ContextGrain.Entry));
    }

    [Fact]
    public async Task Given_a_queue_of_requests_When_each_has_its_own_value_Then_each_sees_its_own()
    {
        var grain = Grain;

        var seen = await Task.WhenAll([.. Enumerable.Range(0, 200).Select(n => Task.Run(() =>
        {
            RequestContext.Set(ContextGrain.Entry, $"caller {n}");
            return grain.ReadLaterAsync();
        }))]).Soon();

        Assert.Equal(Enumerable.Range(0, 200).Select(n => $"caller {n}"), seen);
    }
}
