using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Practices;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>What a grain makes of the store's answer whether its state is the stored one (docs/adr/0021). Here disks keep the test's time.</summary>
public sealed class StateFenceTests
{
    [Fact]
    public async Task Given_a_store_that_does_not_answer_in_time_When_a_grain_is_asked_Then_that_call_is_refused_and_nobody_elses()
    {
        var fence = new TestFence();
        await using var host = await StartAsync(fence);
        var (practice, other) = (await host.FoundPracticeAsync(), await host.FoundPracticeAsync());
        // Time is about to pass: nothing else may be under way.
        await practice.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        await other.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        var asked = fence.Hold(KeyOf(practice));

        var refused = practice.As(Role.Clinical).RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        await asked.Soon();
        Assert.False(refused.IsCompleted);
        await host.PassUntilAsync(refused);
        await refused;

        var gate = host.Services.GetRequiredService<AuditGateState>();
        Assert.Equal((true, 0), (gate.IsOpenForAll, gate.Closures));
        Assert.Equal(1, (await other.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Version);
        Assert.Contains(host.Logs.All, line => line.Contains(" 2018:", StringComparison.Ordinal));

        fence.Release();
        Assert.Equal(1, (await practice.As(Role.Clinical).CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Version);
        Assert.DoesNotContain(host.Logs.All, line => line.Contains(" 2017:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_a_store_that_cannot_be_asked_When_a_grain_is_asked_Then_it_refuses_and_answers_once_it_can()
    {
        var fence = new TestFence();
        await using var host = await StartAsync(fence);
        var practice = await host.FoundPracticeAsync();
        fence.AnswerOnce(KeyOf(practice), Task.FromException<bool>(new TimeoutException("The database did not answer (test).")));

        var reader = practice.As(Role.Clinical);
        await reader.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        Assert.True(host.Services.GetRequiredService<AuditGateState>().IsOpenForAll);
        Assert.Empty(await reader.TrailAsync());

        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal("practice.read", (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_another_activation_that_wrote_When_a_grain_is_asked_Then_it_refuses_and_ends_and_the_next_call_reads_again()
    {
        var fence = new TestFence();
        await using var host = await StartAsync(fence);
        var practice = await host.FoundPracticeAsync();
        fence.AnswerOnce(KeyOf(practice), Task.FromResult(false));

        var reader = practice.As(Role.Clinical);
        await reader.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Contains(host.Logs.All, line => line.Contains(" 2017:", StringComparison.Ordinal));

        await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal("practice.read", (await reader.OnlyRecordAsync()).Event);
    }

    private static Task<GrainHost> StartAsync(TestFence fence) => GrainHost.StartAsync(services => services
        .AddSingleton<IStateFence>(fence)
        .AddSingleton(static provider => new AuditWatchOptions { ProbeLimit = TimeSpan.FromHours(1), DiskClock = provider.GetRequiredService<TimeProvider>() }));

    private static string KeyOf(TestPractice practice) => GrainKeys.Of(practice.Id, "practice");

    // Of practice grains; everybody else's state is the stored one.
    private sealed class TestFence : IStateFence
    {
        private readonly Lock _gate = new();
        private string? _key;
        private Task<bool>? _answer;
        private bool _isOnce;
        private TaskCompletionSource<bool>? _release;
        private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The next answer about a grain.</summary>
        public void AnswerOnce(string key, Task<bool> answer) => _ = Answer(key, answer, isOnce: true);

        /// <summary>Does not answer about a grain.</summary>
        /// <returns>Completes when it was asked.</returns>
        public Task Hold(string key)
        {
            _release = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return Answer(key, _release.Task, isOnce: false);
        }

        /// <summary>Answers what it was asked, and what it is asked from now on.</summary>
        public void Release()
        {
            lock (_gate) _answer = null;
            _release!.SetResult(true);
        }

        public Task<bool> IsStoredAsync(Grain grain, string stateName, string? etag)
        {
            lock (_gate)
            {
                if (_answer is not { } answer || grain is not PracticeGrain || grain.GetPrimaryKeyString() != _key) return Task.FromResult(true);
                if (_isOnce) _answer = null;
                _asked.TrySetResult();
                return answer;
            }
        }

        private Task Answer(string key, Task<bool> answer, bool isOnce)
        {
            lock (_gate)
            {
                (_key, _answer, _isOnce) = (key, answer, isOnce);
                _asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _asked.Task;
            }
        }
    }
}
