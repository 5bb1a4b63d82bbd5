using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What an engine that stopped in order finds when it starts again on the same storage.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private EngineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_states_saved_cleared_and_unsaved_When_restarted_Then_each_is_as_it_was_saved()
    {
        var (saved, cleared, unsaved) = (Probe.NewKey("chart"), Probe.NewKey("chart"), Probe.NewKey("chart"));
        await Grain(saved).WriteAsync(new Chart { Text = "kept", Version = 3, Lines = [new ChartLine("I10", 1.25m)] }).Soon();
        await Grain(cleared).WriteAsync(new Chart { Text = "cleared" }).Soon();
        await Grain(cleared).ClearAsync().Soon();
        await Grain(unsaved).ScribbleAsync(new Chart { Text = "never saved" }).Soon();
        var etag = await Grain(saved).EtagAsync().Soon();

        await _host.RestartAsync();

        StateTests.AssertSame(
            new Chart { Text = "kept", Version = 3, Lines = [new ChartLine("I10", 1.25m)] }, await Grain(saved).ReadAsync().Soon());
        Assert.Equal(etag, await Grain(saved).EtagAsync().Soon());
        Assert.False(await Grain(cleared).ExistsAsync().Soon());
        Assert.False(await Grain(unsaved).ExistsAsync().Soon());
        await Grain(saved).WriteAsync(new Chart { Text = "and on" }).Soon();
        Assert.Equal("and on", (await Grain(saved).ReadAsync().Soon()).Text);
    }

    [Fact]
    public async Task Given_activations_When_the_engine_stops_in_order_Then_each_is_told()
    {
        var keys = Enumerable.Range(0, 20).Select(_ => Probe.NewKey("life")).ToArray();
        foreach (var key in keys) await _host.Grains.GetGrain<ILifeGrain>(key).RememberAsync(key).Soon();

        await _host.RestartAsync();

        Assert.All(keys, key => Assert.Contains($"deactivated with {key}", Probe.Of(key).Journal));
        Assert.Null(await _host.Grains.GetGrain<ILifeGrain>(keys[0]).RecallAsync().Soon());
    }

    [Fact]
    public async Task Given_several_restarts_When_a_state_is_counted_up_in_between_Then_nothing_is_lost()
    {
        var key = Probe.NewKey("chart");
        for (var version = 1; version <= 4; version++)
        {
            Assert.Equal(version - 1, (await Grain(key).ReadAsync().Soon()).Version);
            await Grain(key).WriteAsync(new Chart { Version = version }).Soon();
            await _host.RestartAsync();
        }

        Assert.Equal(4, (await Grain(key).ReadAsync().Soon()).Version);
    }

    private IChartGrain Grain(string key) => _host.Grains.GetGrain<IChartGrain>(key);
}
