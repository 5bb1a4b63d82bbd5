using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>The service's start is on the log before anything is served.</summary>
public sealed class ServiceLifeTests
{
    [Fact]
    public async Task Given_a_start_that_cannot_be_recorded_for_a_moment_When_it_can_again_Then_the_service_starts_and_it_is_on_the_log()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Publishing.Break(record => record.Event == AuditEvents.ServiceStarted.Code && (refused.TrySetResult() || true));

        var restart = host.RestartAsync();
        await refused.Task.Soon();
        Assert.False(restart.IsCompleted);
        host.Publishing.Mend();
        await host.PassUntilAsync(restart);
        await restart;

        await host.Ledger.ArrivalAsync(GrainKeys.System, record => record.Event == AuditEvents.ServiceStarted.Code);
        await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
    }
}
