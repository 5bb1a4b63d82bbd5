using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>A grain that is asked while it writes waits for its write before it compares versions, and no longer than a write may take. Here disks
/// keep the test's time.</summary>
public sealed class OwnWriteTests
{
    [Fact]
    public async Task Given_a_write_that_does_not_end_When_another_call_waits_for_it_Then_it_is_refused_within_the_limit()
    {
        var storage = new HeldWrite();
        await using var host = await GrainHost.StartAsync(services =>
        {
            storage.Add(services);
            services.AddSingleton(static provider => new AuditWatchOptions { ProbeLimit = TimeSpan.FromHours(1), DiskClock = provider.GetRequiredService<TimeProvider>() });
        });
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await host.SignInAsync(practice, "dr.gray");
        var owner = await host.ActorAsync(session);
        // Time is about to pass: nothing else may be under way.
        await practice.As(Role.Clinical).OnlyAfterArrivalAsync(host);
        var key = GrainKeys.Of(practice.Id, session.Session.Id);
        var writing = storage.Hold(key);

        var end = owner.RefusedKeyAsync(ErrorCode.Unavailable, key, (IUserSessionGrain g) => g.EndAsync());
        await writing.Soon();
        // Whether the session still stands is asked of its grain, which does not wait for its turn.
        var read = owner.RefusedAsync(ErrorCode.Unavailable, "practice", (IPracticeGrain g) => g.GetAsync());
        await host.PassUntilAsync(Task.WhenAll(end, read));
        await Task.WhenAll(end, read);
        // The process that asked is answered when the gate closes; so is the call itself, which other processes wait for.
        await host.PassUntilAsync(() => host.Logs.All.Any(static line => line.Contains(" 2018:", StringComparison.Ordinal)));

        storage.Release();
        await host.PassUntilOpenAsync("");
        await owner.Again().RefusedAsync(ErrorCode.Unauthenticated, "practice", (IPracticeGrain g) => g.GetAsync());
    }

    /// <summary>The engine's storage, before which one grain's writes wait.</summary>
    private sealed class HeldWrite
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile string? _key;

        public void Add(IServiceCollection services)
        {
            var engine = services.Last(static service => service.ServiceType == typeof(IGrainStorage) && service.ServiceKey is "Default");
            services.AddKeyedSingleton<IGrainStorage>(
                "Default", (provider, key) => new Storage((IGrainStorage)engine.KeyedImplementationFactory!(provider, key), this));
        }

        /// <summary>Writes of the grain wait from now on.</summary>
        /// <returns>Completes when one does.</returns>
        public Task Hold(string key)
        {
            _key = key;
            return _held.Task;
        }

        /// <summary>Lets through what waits.</summary>
        public void Release()
        {
            _key = null;
            _released.SetResult();
        }

        private sealed class Storage(IGrainStorage inner, HeldWrite hold) : IGrainStorage
        {
            public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

            public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
            {
                if (grainId.Key.ToString() == hold._key)
                {
                    hold._held.TrySetResult();
                    await hold._released.Task;
                }

                await inner.WriteStateAsync(stateName, grainId, grainState);
            }

            public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
        }
    }
}
