using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What a grain throws reaches its caller.</summary>
public sealed class ExceptionTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly DateTimeOffset Slot = new(2026, 3, 2, 10, 30, 0, TimeSpan.FromHours(1));

    private IFailingGrain Grain => engine.Grains.GetGrain<IFailingGrain>(Probe.NewKey("failing"));

    [Fact]
    public async Task Given_a_method_that_throws_after_an_await_When_called_Then_type_and_message_cross()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain.FailLaterAsync("The chart is locked.").Soon());

        Assert.Equal("The chart is locked.", thrown.Message);
        Assert.Contains(nameof(FailingGrain.FailLaterAsync), thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_method_that_throws_before_it_returns_When_called_Then_the_task_fails_and_not_the_call()
    {
        var call = Grain.FailAtOnceAsync("The chart is locked.");

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => call.Soon());
        Assert.Equal("The chart is locked.", thrown.Message);
    }

    [Fact]
    public async Task Given_an_error_of_our_own_When_thrown_Then_its_members_cross()
    {
        var thrown = await Assert.ThrowsAsync<SlotTakenException>(() => Grain.FailDomainAsync(Slot).Soon());

        Assert.Equal(("schedule.slot_taken", Slot, 3), (thrown.Code, thrown.Slot, thrown.Waiting));
        Assert.Equal(Slot.Offset, thrown.Slot.Offset);
        Assert.Equal($"The slot at {Slot:O} is taken.", thrown.Message);
    }

    [Fact]
    public async Task Given_a_grain_in_between_When_the_far_one_throws_Then_the_error_arrives_unwrapped()
    {
        var thrown = await Assert.ThrowsAsync<SlotTakenException>(() => Grain.FailThroughAsync(Probe.NewKey("failing"), Slot).Soon());

        Assert.Equal("schedule.slot_taken", thrown.Code);
    }

    [Fact]
    public async Task Given_two_lines_that_fail_When_awaited_together_Then_the_caller_sees_the_first()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain.FailTwiceAsync().Soon());

        Assert.Equal("first", thrown.Message);
    }

    [Fact]
    public async Task Given_a_grain_that_threw_When_called_again_Then_the_same_activation_goes_on()
    {
        var grain = Grain;
        Assert.Equal(1, await grain.CountAsync().Soon());
        for (var n = 0; n < 10; n++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailLaterAsync("No.").Soon());
            await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailAtOnceAsync("No.").Soon());
        }

        Assert.Equal(2, await grain.CountAsync().Soon());
    }
}
