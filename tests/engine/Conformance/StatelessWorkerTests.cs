using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>Stateless workers: as many as the cap says, and never more.</summary>
public sealed class StatelessWorkerTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    // So many calls take every place there is. As many as there are places need not: a pool may let a call wait for a worker that has just
    // begun another, although a place is free (Orleans looks at a worker's queue and at what it runs one after the other).
    private const int Enough = 10 * WorkerGrain.Cap;

    [Fact]
    public async Task Given_more_calls_than_the_cap_When_all_are_open_Then_the_cap_is_reached_and_never_passed()
    {
        var key = Probe.NewKey("worker");
        var probe = Probe.Of(key);
        var grain = engine.Grains.GetGrain<IWorkerGrain>(key);
        var calls = Enumerable.Range(0, 100).Select(_ => grain.WorkAsync("go on")).ToArray();

        await probe.SeenAsync("working", times: WorkerGrain.Cap).Soon();
        Assert.Equal(WorkerGrain.Cap, probe.Count("working"));
        probe.Open("go on");

        var workers = await Task.WhenAll(calls).Soon();
        Assert.Equal(WorkerGrain.Cap, workers.Distinct().Count());
        Assert.Equal(WorkerGrain.Cap, probe.Most);
        Assert.Equal(100, probe.Count("working"));
        Assert.Equal(0, probe.Count("two at once in one worker"));
    }

    [Fact]
    public async Task Given_calls_one_after_the_other_When_each_is_awaited_Then_the_cap_is_not_needed()
    {
        var key = Probe.NewKey("worker");
        Probe.Of(key).Open("go on");
        var grain = engine.Grains.GetGrain<IWorkerGrain>(key);

        for (var n = 0; n < 50; n++) await grain.WorkAsync("go on").Soon();

        Assert.Equal(1, Probe.Of(key).Most);
    }

    [Fact]
    public async Task Given_two_keys_When_both_are_full_Then_each_has_its_own_cap()
    {
        var keys = new[] { Probe.NewKey("worker"), Probe.NewKey("worker") };
        var calls = keys.SelectMany(key => Enumerable.Range(0, Enough).Select(_ => engine.Grains.GetGrain<IWorkerGrain>(key).WorkAsync("go on"))).ToArray();

        foreach (var key in keys) await Probe.Of(key).SeenAsync("working", times: WorkerGrain.Cap).Soon();

        foreach (var key in keys) Probe.Of(key).Open("go on");
        await Task.WhenAll(calls).Soon();
        Assert.All(keys, key => Assert.Equal(WorkerGrain.Cap, Probe.Of(key).Most));
    }

    [Fact]
    public async Task Given_a_worker_that_fails_When_called_again_Then_its_place_is_free()
    {
        var key = Probe.NewKey("worker");
        var grain = engine.Grains.GetGrain<IWorkerGrain>(key);
        for (var n = 0; n < 3 * WorkerGrain.Cap; n++)
            Assert.Contains("model", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailAsync().Soon())).Message, StringComparison.Ordinal);

        await AllPlacesAreFreeAsync(grain, Probe.Of(key), worked: 0);
    }

    [Fact]
    public async Task Given_all_workers_at_work_When_one_call_is_cancelled_Then_it_alone_hears_it_and_its_place_is_free()
    {
        var key = Probe.NewKey("worker");
        var probe = Probe.Of(key);
        var grain = engine.Grains.GetGrain<IWorkerGrain>(key);
        string[] names = [.. Enumerable.Range(0, WorkerGrain.Cap).Select(n => $"call {n}")];
        var calls = names.ToDictionary(name => name, _ => new CancellationTokenSource());
        var waits = new Dictionary<string, Task>();
        foreach (var name in names)
        {
            waits[name] = grain.WaitAsync(name, calls[name].Token);
            await probe.SeenAsync($"{name} started").Soon();
        }

        foreach (var name in names)
        {
            await calls[name].CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits[name].Soon());
            await probe.SeenAsync($"{name} cancelled").Soon();
        }

        Assert.Equal(names.Select(name => $"{name} cancelled"), probe.Journal.Skip(WorkerGrain.Cap));
        await AllPlacesAreFreeAsync(grain, probe, worked: 0);
        foreach (var call in calls.Values) call.Dispose();
    }

    // A cancellation may overtake the call that it is about: then the call begins, and hears of it.
    [Fact]
    public async Task Given_a_call_that_waits_for_a_worker_When_cancelled_Then_it_takes_no_place()
    {
        var key = Probe.NewKey("worker");
        var probe = Probe.Of(key);
        var grain = engine.Grains.GetGrain<IWorkerGrain>(key);
        var busy = Enumerable.Range(0, Enough).Select(_ => grain.WorkAsync("go on")).ToArray();
        await probe.SeenAsync("working", times: WorkerGrain.Cap).Soon();
        using var cancel = new CancellationTokenSource();
        var queued = grain.WaitAsync("queued", cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued.Soon());
        probe.Open("go on");
        await Task.WhenAll(busy).Soon();

        await AllPlacesAreFreeAsync(grain, probe, Enough);
        await HasHeardIfItBeganAsync(probe, "queued");
    }

    // Here the cancellation may come where there is no worker yet, and its call may get one that was made only then.
    [Fact]
    public async Task Given_calls_to_pools_without_workers_When_cancelled_at_once_Then_none_keeps_a_place()
    {
        var pools = Enumerable.Range(0, 100).Select(_ => Probe.NewKey("worker")).ToDictionary(key => key, key => engine.Grains.GetGrain<IWorkerGrain>(key));
        var calls = new List<Task>();
        foreach (var grain in pools.Values)
        {
            using var cancel = new CancellationTokenSource();
            calls.Add(grain.WaitAsync("given up", cancel.Token));
            await cancel.CancelAsync();
        }

        foreach (var call in calls) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        foreach (var (key, grain) in pools) await AllPlacesAreFreeAsync(grain, Probe.Of(key), worked: 0);
        foreach (var key in pools.Keys) await HasHeardIfItBeganAsync(Probe.Of(key), "given up");
    }

    private static async Task AllPlacesAreFreeAsync(IWorkerGrain grain, Probe probe, int worked)
    {
        var next = Enumerable.Range(0, Enough).Select(_ => grain.WorkAsync("go on again")).ToArray();
        await probe.SeenAsync("working", times: worked + WorkerGrain.Cap).Soon();
        probe.Open("go on again");
        await Task.WhenAll(next).Soon();
    }

    private static async Task HasHeardIfItBeganAsync(Probe probe, string name)
    {
        if (probe.Count($"{name} started") > 0) await probe.SeenAsync($"{name} cancelled").Soon();
    }
}
