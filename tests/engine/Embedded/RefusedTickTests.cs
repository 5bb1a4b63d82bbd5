using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Embedded;

/// <summary>What the embedded engine does with a timer whose tick was refused; Orleans never ticks it again.</summary>
public sealed class RefusedTickTests
{
    [Fact]
    public async Task Given_a_tick_that_a_filter_refused_When_the_next_is_due_and_let_pass_Then_it_runs()
    {
        await using var host = await EngineHost.StartAsync();
        var key = Probe.NewKey("filtered");
        await host.Grains.GetGrain<IFilteredGrain>(key).StartTimerAsync(host.TimerPeriod).Soon();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        FilterScript.For(key).Refuse = _ =>
        {
            refused.TrySetResult();
            return new UnauthorizedAccessException("Not now.");
        };
        await host.PassUntilAsync(refused.Task);
        Assert.Equal(0, Probe.Of(key).Count("tick"));

        FilterScript.For(key).Refuse = _ => null;

        await host.PassUntilAsync(Probe.Of(key).SeenAsync("tick"));
    }
}
