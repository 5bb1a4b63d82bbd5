using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>One activation per key, whatever races.</summary>
public sealed class SingleActivationTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Given_a_thousand_racing_first_calls_When_they_arrive_Then_one_activation_answers_them_all()
    {
        var key = Probe.NewKey();
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, 1000).Select(_ => Task.Run(async () =>
        {
            await start.Task;
            return await engine.Grains.GetGrain<ICounterGrain>(key).ActivationAsync();
        })).ToArray();

        start.SetResult();
        var activations = await Task.WhenAll(calls).Soon();

        Assert.Single(activations.Distinct());
        Assert.Equal(1, Probe.Of(key).Count("activated"));
    }

    [Fact]
    public async Task Given_an_activation_under_way_When_a_thousand_calls_come_Then_they_wait_for_it()
    {
        var key = Probe.NewKey();
        var probe = Probe.Of(key);
        probe.Signal("slow activation");
        var calls = Enumerable.Range(0, 1000).Select(_ => engine.Grains.GetGrain<ICounterGrain>(key).ActivationAsync()).ToArray();
        await probe.SeenAsync("activated").Soon();

        Assert.DoesNotContain(calls, c => c.IsCompleted);
        probe.Open("activate");

        Assert.Single((await Task.WhenAll(calls).Soon()).Distinct());
        Assert.Equal(1, probe.Count("activated"));
    }

    [Fact]
    public async Task Given_many_keys_When_each_is_called_by_many_Then_each_has_one_activation_of_its_own()
    {
        var keys = Enumerable.Range(0, 200).Select(_ => Probe.NewKey()).ToArray();
        var answers = await Task.WhenAll(keys.SelectMany(key => Enumerable.Range(0, 5).Select(_ => Task.Run(async () =>
            (Key: key, Activation: await engine.Grains.GetGrain<ICounterGrain>(key).ActivationAsync()))))).Soon();

        Assert.Equal(200, answers.Distinct().Count());
        Assert.Equal(200, answers.Select(a => a.Activation).Distinct().Count());
    }

    [Theory]
    [InlineData("practice-7/plain")]
    [InlineData("practice-7/with spaces, ünïcode 患者 and + # ? % signs")]
    [InlineData("practice-7/a/b/c")]
    [InlineData("practice-7/00ff00ff00ff00ff00ff00ff00ff00ff")]
    public async Task Given_a_key_When_called_Then_the_grain_sees_the_same_key(string suffix)
    {
        var key = $"{Probe.NewKey()}/{suffix}";

        Assert.Equal(key, await engine.Grains.GetGrain<ICounterGrain>(key).KeyAsync().Soon());
        Assert.Equal(key, engine.Grains.GetGrain<ICounterGrain>(key).GetPrimaryKeyString());
    }

    [Fact]
    public async Task Given_keys_that_differ_in_case_only_When_called_Then_they_are_two_grains()
    {
        var key = Probe.NewKey();

        var lower = await engine.Grains.GetGrain<ICounterGrain>($"{key}/mrn-a").ActivationAsync().Soon();
        var upper = await engine.Grains.GetGrain<ICounterGrain>($"{key}/MRN-A").ActivationAsync().Soon();

        Assert.NotEqual(lower, upper);
    }
}
