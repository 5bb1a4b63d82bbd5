using JamEmr.Engine.Hosting;
using JamEmr.Tests.Engine.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using EngineHost = JamEmr.Tests.Engine.Hosting.EngineHost;

namespace JamEmr.Tests.Engine.Embedded;

/// <summary>A stopping embedded engine waits for what runs, but not for ever, and lets go of its folder in any case.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Given_a_request_that_never_ends_When_stopped_Then_its_caller_is_told_and_the_folder_is_free()
    {
        await using var storage = await EngineStorage.CreateAsync();
        var key = Probe.NewKey("door");
        Task hold;
        await using (var host = await EngineHost.StartAsync(new EngineSettings { Storage = storage.Location }))
        {
            hold = host.Grains.GetGrain<IDoorGrain>(key).HoldAsync("never");
            await Probe.Of(key).SeenAsync("holding").Soon();
        }

        await Assert.ThrowsAsync<SiloUnavailableException>(() => hold.Soon());
        await AssertFreeAsync(storage);
    }

    [Fact]
    public async Task Given_an_engine_that_has_stopped_When_called_Then_the_caller_is_told()
    {
        var host = await EngineHost.StartAsync();
        var grain = host.Grains.GetGrain<ICounterGrain>(Probe.NewKey());
        await grain.AppendAsync(1).Soon();
        await host.DisposeAsync();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.AppendAsync(2).Soon());
    }

    [Fact]
    public async Task Given_a_part_that_does_not_end_in_time_When_stopped_Then_the_others_are_told_all_the_same_and_the_folder_is_free()
    {
        await using var storage = await EngineStorage.CreateAsync();
        var (other, stuck) = (new Part(), new Part { IsStuck = true });
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddEmbeddedEngine(options => options.DataFolder = storage.Location, typeof(StopTests).Assembly);
        // They are stopped in reverse order.
        builder.Services.AddSingleton<IEngineService>(other).AddSingleton<IEngineService>(stuck);
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        using var time = new CancellationTokenSource();
        var stopping = host.StopAsync(time.Token);
        await stuck.Told.Soon();
        Assert.False(other.Told.IsCompleted);
        await time.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping.Soon());
        Assert.True(other.Told.IsCompleted);
        await AssertFreeAsync(storage);
    }

    private static async Task AssertFreeAsync(EngineStorage storage)
    {
        await using var again = await EngineHost.StartAsync(new EngineSettings { Storage = storage.Location });
        await again.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "free" }).Soon();
    }

    private sealed class Part : IEngineService
    {
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsStuck { get; init; }

        public Task Told => _told.Task;

        public Task StartAsync(CancellationToken ct) => Task.CompletedTask;

        public Task StopAsync(CancellationToken ct)
        {
            _told.SetResult();
            return IsStuck ? Task.Delay(Timeout.InfiniteTimeSpan, ct) : Task.CompletedTask;
        }
    }
}
