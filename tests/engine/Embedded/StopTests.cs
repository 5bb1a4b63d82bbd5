using JamEmr.Tests.Engine.Grains;

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

    private static async Task AssertFreeAsync(EngineStorage storage)
    {
        await using var again = await EngineHost.StartAsync(new EngineSettings { Storage = storage.Location });
        await again.Grains.GetGrain<IChartGrain>(Probe.NewKey("chart")).WriteAsync(new Chart { Text = "free" }).Soon();
    }
}
