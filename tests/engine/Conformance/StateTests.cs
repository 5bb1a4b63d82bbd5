using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Durable state: what was saved is there, what was not is not, and no writer overwrites what it has not seen.</summary>
public sealed class StateTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly Chart Full = new()
    {
        Text = "Denies fever. „Ünïcode“ 患者 \"quoted\" \\ \u0007 and a line\nbreak",
        Version = 7,
        Lines = [new ChartLine("I10", 12.50m), new ChartLine("E11.9", 0.1m)],
        SignedAt = new DateTimeOffset(2026, 3, 2, 9, 0, 0, 123, TimeSpan.FromHours(-5)),
    };

    [Fact]
    public async Task Given_a_new_key_When_read_Then_the_state_is_the_types_own_and_no_record_exists()
    {
        var grain = Grain(Probe.NewKey("chart"));

        Assert.False(await grain.ExistsAsync().Soon());
        AssertSame(new Chart(), await grain.ReadAsync().Soon());
        Assert.True(string.IsNullOrEmpty(await grain.EtagAsync().Soon()));
    }

    [Fact]
    public async Task Given_a_state_saved_When_the_activation_goes_Then_the_next_one_reads_it_whole()
    {
        var key = Probe.NewKey("chart");
        await Grain(key).WriteAsync(Full).Soon();
        var etag = await Grain(key).EtagAsync().Soon();

        await LeaveAsync(key);

        AssertSame(Full, await Grain(key).ReadAsync().Soon());
        Assert.True(await Grain(key).ExistsAsync().Soon());
        Assert.Equal(etag, await Grain(key).EtagAsync().Soon());
    }

    [Fact]
    public async Task Given_a_change_that_was_not_saved_When_the_activation_goes_Then_it_is_forgotten()
    {
        var key = Probe.NewKey("chart");
        await Grain(key).WriteAsync(Full).Soon();
        await Grain(key).ScribbleAsync(Full with { Text = "never saved" }).Soon();
        Assert.Equal("never saved", (await Grain(key).ReadAsync().Soon()).Text);

        await LeaveAsync(key);

        AssertSame(Full, await Grain(key).ReadAsync().Soon());
    }

    [Fact]
    public async Task Given_a_state_saved_When_saved_again_Then_the_etag_changes_each_time()
    {
        var grain = Grain(Probe.NewKey("chart"));
        var etags = new List<string?>();
        for (var version = 0; version < 5; version++)
        {
            await grain.WriteAsync(Full with { Version = version }).Soon();
            etags.Add(await grain.EtagAsync().Soon());
        }

        Assert.Equal(5, etags.Distinct().Count());
        Assert.DoesNotContain(etags, string.IsNullOrEmpty);
    }

    [Fact]
    public async Task Given_a_state_saved_When_cleared_Then_it_is_gone_for_later_activations_and_can_be_written_anew()
    {
        var key = Probe.NewKey("chart");
        await Grain(key).WriteAsync(Full).Soon();

        await Grain(key).ClearAsync().Soon();

        Assert.False(await Grain(key).ExistsAsync().Soon());
        AssertSame(new Chart(), await Grain(key).ReadAsync().Soon());
        await LeaveAsync(key);
        Assert.False(await Grain(key).ExistsAsync().Soon());
        await Grain(key).WriteAsync(Full with { Version = 8 }).Soon();
        await LeaveAsync(key, times: 2);
        AssertSame(Full with { Version = 8 }, await Grain(key).ReadAsync().Soon());
    }

    [Fact]
    public async Task Given_two_states_of_one_grain_When_one_is_saved_Then_the_other_is_not()
    {
        var key = Probe.NewKey("chart");
        await Grain(key).WriteAsync(Full).Soon();
        await Grain(key).WriteAsideAsync(Full with { Text = "aside" }).Soon();

        await Grain(key).ClearAsync().Soon();
        await LeaveAsync(key);

        Assert.False(await Grain(key).ExistsAsync().Soon());
        AssertSame(Full with { Text = "aside" }, await Grain(key).ReadAsideAsync().Soon());
    }

    [Fact]
    public async Task Given_a_megabyte_of_state_When_saved_Then_it_comes_back_whole()
    {
        var key = Probe.NewKey("chart");
        var text = string.Concat(Enumerable.Range(0, 150_000).Select(n => $"{n:D6} "));
        await Grain(key).WriteAsync(Full with { Text = text }).Soon();

        await LeaveAsync(key);

        Assert.Equal(text, (await Grain(key).ReadAsync().Soon()).Text);
    }

    [Fact]
    public async Task Given_many_grains_When_they_save_at_once_Then_each_has_its_own()
    {
        var keys = Enumerable.Range(0, 200).Select(_ => Probe.NewKey("chart")).ToArray();
        await Task.WhenAll([.. keys.Select((key, n) => Grain(key).WriteAsync(Full with { Version = n }))]).Soon();

        await Task.WhenAll([.. keys.Select(key => LeaveAsync(key))]).Soon();

        var read = await Task.WhenAll([.. keys.Select(key => Grain(key).ReadAsync())]).Soon();
        Assert.Equal(Enumerable.Range(0, 200), read.Select(chart => chart.Version));
    }

    [Fact]
    public async Task Given_another_writer_was_first_When_saved_Then_it_conflicts_and_the_first_ones_state_stands()
    {
        var key = Probe.NewKey("writers");
        var grain = engine.Grains.GetGrain<ITwoWritersGrain>(key);
        await grain.WriteFirstAsync("first").Soon();

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.WriteSecondAsync("second").Soon());

        Assert.Equal("first", await grain.TextAsync().Soon());
    }

    [Fact]
    public async Task Given_a_conflict_When_it_leaves_the_grain_Then_the_next_call_meets_an_activation_that_read_afresh()
    {
        var grain = engine.Grains.GetGrain<ITwoWritersGrain>(Probe.NewKey("writers"));
        var before = await grain.ActivationAsync().Soon();
        await grain.WriteFirstAsync("first").Soon();
        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.WriteSecondAsync("second").Soon());

        // Both writers of the new activation have seen what stands, so the second is not stale any more.
        await grain.WriteSecondAsync("second, after all").Soon();

        Assert.NotEqual(before, await grain.ActivationAsync().Soon());
    }

    [Fact]
    public async Task Given_another_writer_was_first_When_cleared_Then_it_conflicts_and_the_state_stands()
    {
        var grain = engine.Grains.GetGrain<ITwoWritersGrain>(Probe.NewKey("writers"));
        await grain.WriteFirstAsync("once").Soon();
        await grain.RereadAndWriteSecondAsync("twice").Soon();
        await grain.WriteFirstAsync("thrice").Soon();

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.ClearSecondAsync().Soon());

        Assert.Equal("thrice", await grain.TextAsync().Soon());
    }

    [Fact]
    public async Task Given_another_writer_was_first_When_the_second_reads_again_Then_it_can_save()
    {
        var grain = engine.Grains.GetGrain<ITwoWritersGrain>(Probe.NewKey("writers"));
        await grain.WriteFirstAsync("first").Soon();

        await grain.RereadAndWriteSecondAsync("second").Soon();

        Assert.Equal("first, second", await grain.TextAsync().Soon());
    }

    private IChartGrain Grain(string key) => engine.Grains.GetGrain<IChartGrain>(key);

    private async Task LeaveAsync(string key, int times = 1)
    {
        await Grain(key).LeaveAsync().Soon();
        await Probe.Of(key).SeenAsync("gone", times).Soon();
    }

    internal static void AssertSame(Chart expected, Chart actual)
    {
        Assert.Equal((expected.Text, expected.Version, expected.SignedAt), (actual.Text, actual.Version, actual.SignedAt));
        Assert.Equal(expected.SignedAt?.Offset, actual.SignedAt?.Offset);
        Assert.Equal(expected.Lines.AsEnumerable(), actual.Lines.AsEnumerable());
    }
}
