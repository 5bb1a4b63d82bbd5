using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Incoming call filters run around every request of a grain, in order, and decide whether it runs.</summary>
public sealed class FilterTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly UnauthorizedAccessException Refusal = new("Not with this role.");

    [Fact]
    public async Task Given_two_filters_and_a_grain_that_filters_When_called_Then_they_run_around_each_other_in_order()
    {
        var (grain, probe, script) = Watched();

        Assert.Equal("text", await grain.EchoAsync("text").Soon());

        Assert.Equal(
            ["outer: before", "inner: before", "grain: before", "body", "grain: after", "inner: after", "outer: after"],
            probe.Journal);
        Assert.Equal(["outer", "inner"], script.Calls.Select(c => c.Filter));
    }

    [Fact]
    public async Task Given_a_filter_When_a_method_is_called_Then_it_sees_which_and_on_whom()
    {
        var (grain, _, script) = Watched();

        await grain.EchoAsync("text").Soon();

        var call = script.Calls[0];
        Assert.Equal((typeof(IFilteredGrain), nameof(IFilteredGrain.EchoAsync)), (call.Interface, call.Method));
        Assert.Equal(grain.GetPrimaryKeyString(), call.Target);
        Assert.IsType<FilteredGrain>(call.Grain);
        Assert.Equal("text", call.Argument);
        Assert.Equal(typeof(FilteredGrain), call.Implementation);
    }

    [Fact]
    public async Task Given_a_grain_that_calls_When_filtered_Then_the_source_is_that_grain()
    {
        var (grain, _, script) = Watched();
        var caller = Probe.NewKey("filtered");

        await engine.Grains.GetGrain<IFilteredGrain>(caller).EchoThroughAsync(grain.GetPrimaryKeyString(), "text").Soon();

        Assert.Equal(caller, script.Calls[0].Source);
    }

    [Fact]
    public async Task Given_a_caller_outside_When_filtered_Then_the_source_is_no_grain_of_ours()
    {
        var (grain, _, script) = Watched();

        await grain.EchoAsync("text").Soon();

        Assert.NotEqual(grain.GetPrimaryKeyString(), script.Calls[0].Source);
        Assert.False(script.Calls[0].Source?.StartsWith("test/", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task Given_a_filter_that_refuses_When_called_Then_the_caller_gets_its_error_and_nothing_runs()
    {
        var (grain, probe, script) = Watched();
        script.Refuse = _ => Refusal;

        var thrown = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => grain.EchoAsync("text").Soon());

        Assert.Equal(Refusal.Message, thrown.Message);
        Assert.Empty(probe.Journal);
        script.Refuse = _ => null;
        Assert.Equal("text", await grain.EchoAsync("text").Soon());
    }

    [Fact]
    public async Task Given_a_filter_that_changes_the_result_When_called_Then_the_caller_gets_the_changed_one()
    {
        var (grain, probe, script) = Watched();
        script.Change = (_, result) => $"{result}, withheld";

        Assert.Equal("text, withheld", await grain.EchoAsync("text").Soon());
        Assert.Equal(1, probe.Count("body"));
    }

    [Fact]
    public async Task Given_a_method_that_fails_When_filtered_Then_the_filters_see_it_and_the_caller_gets_it()
    {
        var (grain, probe, _) = Watched();

        await Assert.ThrowsAsync<SlotTakenException>(() => grain.FailAsync().Soon());

        Assert.Equal(["outer: before", "inner: before", "grain: before"], probe.Journal);
    }

    [Fact]
    public async Task Given_a_filter_When_a_sequence_is_read_Then_it_ran_and_the_items_came()
    {
        var (grain, probe, script) = Watched();

        Assert.Equal([0, 1, 2], await grain.CountAsync(3).ToListAsync(TestContext.Current.CancellationToken).Soon());

        Assert.NotEmpty(script.Calls);
        Assert.Equal("outer: before", probe.Journal[0]);
    }

    [Fact]
    public async Task Given_a_filter_that_refuses_When_a_sequence_is_read_Then_the_reader_gets_its_error_and_no_item()
    {
        var (grain, probe, script) = Watched();
        script.Refuse = _ => Refusal;

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() =>
            grain.CountAsync(3).ToListAsync(TestContext.Current.CancellationToken).Soon());

        Assert.Equal(0, probe.Count("item"));
    }

    private (IFilteredGrain Grain, Probe Probe, FilterScript Script) Watched()
    {
        var key = Probe.NewKey("filtered");
        return (engine.Grains.GetGrain<IFilteredGrain>(key), Probe.Of(key), FilterScript.For(key));
    }
}
