using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>The plainest grain: it counts in memory and says which activation of its key answered.</summary>
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>The serial number of the activation, unique in the process.</summary>
    Task<int> ActivationAsync();

    /// <summary>The key the grain sees as its own.</summary>
    Task<string> KeyAsync();

    /// <summary>Writes a number down, in memory.</summary>
    Task AppendAsync(int number);

    /// <summary>The numbers, in the order they came.</summary>
    Task<ImmutableArray<int>> NumbersAsync();

    /// <summary>Is inside the watched section for several turns of its scheduler.</summary>
    Task SectionAsync();
}

/// <inheritdoc cref="ICounterGrain"/>
public sealed class CounterGrain : Grain, ICounterGrain
{
    private static int _activations;
    private readonly int _activation = Interlocked.Increment(ref _activations);
    private readonly List<int> _numbers = [];
    private Probe _probe = null!;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _probe = Probe.Of(this.GetPrimaryKeyString());
        _probe.Note("activated");
        if (_probe.Count("slow activation") > 0) await _probe.WaitAtAsync("activate");
    }

    /// <inheritdoc/>
    public Task<int> ActivationAsync() => Task.FromResult(_activation);

    /// <inheritdoc/>
    public Task<string> KeyAsync() => Task.FromResult(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task AppendAsync(int number)
    {
        _numbers.Add(number);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<int>> NumbersAsync() => Task.FromResult(_numbers.ToImmutableArray());

    /// <inheritdoc/>
    public async Task SectionAsync()
    {
        _probe.Enter();
        for (var turn = 0; turn < 3; turn++) await Task.Yield();
        _probe.Leave();
    }
}

/// <summary>Makes calls, so that a grain is the caller.</summary>
public interface ICallerGrain : IGrainWithStringKey
{
    /// <summary>Sends the numbers below <paramref name="count"/> to a counter without awaiting in between.</summary>
    Task SendAsync(string counter, int count);
}

/// <inheritdoc cref="ICallerGrain"/>
public sealed class CallerGrain : Grain, ICallerGrain
{
    /// <inheritdoc/>
    public Task SendAsync(string counter, int count)
    {
        var target = GrainFactory.GetGrain<ICounterGrain>(counter);
        return Task.WhenAll([.. Enumerable.Range(0, count).Select(target.AppendAsync)]);
    }
}
