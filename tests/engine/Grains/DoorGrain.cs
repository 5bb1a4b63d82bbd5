namespace JamEmr.Tests.Engine.Grains;

/// <summary>Requests that hold the grain until their gate opens, each under another interleaving rule.</summary>
public interface IDoorGrain : IGrainWithStringKey
{
    /// <summary>Holds the grain: signals "holding", waits at <paramref name="gate"/>.</summary>
    Task HoldAsync(string gate);

    /// <summary>Answers at once, when its turn comes.</summary>
    Task PassAsync();

    /// <summary>Answers at once, whatever else runs.</summary>
    [AlwaysInterleave]
    Task PeekAsync();

    /// <summary>Reads: signals "reading", waits at <paramref name="gate"/>.</summary>
    [ReadOnly]
    Task ReadAsync(string gate);

    /// <summary>Writes: must be alone.</summary>
    Task WriteAsync();
}

/// <inheritdoc cref="IDoorGrain"/>
public sealed class DoorGrain : Grain, IDoorGrain
{
    private int _readers;
    private bool _writing;

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task HoldAsync(string gate)
    {
        Watch.Enter();
        Watch.Note("holding");
        await Watch.WaitAtAsync(gate);
        Watch.Note("held");
        Watch.Leave();
    }

    /// <inheritdoc/>
    public Task PassAsync()
    {
        Watch.Enter();
        Watch.Note("passed");
        Watch.Leave();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PeekAsync()
    {
        Watch.Note("peeked");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ReadAsync(string gate)
    {
        _readers++;
        if (_writing) Watch.Note("reader met writer");
        Watch.Enter();
        Watch.Note("reading");
        await Watch.WaitAtAsync(gate);
        Watch.Leave();
        _readers--;
    }

    /// <inheritdoc/>
    public async Task WriteAsync()
    {
        _writing = true;
        if (_readers > 0) Watch.Note("writer met reader");
        Watch.Note("writing");
        await Task.Yield();
        _writing = false;
    }
}

/// <summary>A grain that lets its requests interleave.</summary>
public interface IReentrantGrain : IGrainWithStringKey
{
    /// <summary>Signals "holding", waits at <paramref name="gate"/>.</summary>
    Task HoldAsync(string gate);

    /// <summary>Answers at once.</summary>
    Task PassAsync();

    /// <summary>Calls <paramref name="other"/>, which calls back; answers how deep the chain went.</summary>
    Task<int> ThereAndBackAsync(string other, int depth);

    /// <summary>Runs sections that await nothing, between awaits; answers how many met another one.</summary>
    Task<int> SectionsAsync(int count);
}

/// <inheritdoc cref="IReentrantGrain"/>
[Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    private int _running;

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task HoldAsync(string gate)
    {
        Watch.Note("holding");
        await Watch.WaitAtAsync(gate);
        Watch.Note("held");
    }

    /// <inheritdoc/>
    public Task PassAsync()
    {
        Watch.Note("passed");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<int> ThereAndBackAsync(string other, int depth) =>
        depth == 0 ? 0 : 1 + await GrainFactory.GetGrain<IReentrantGrain>(other).ThereAndBackAsync(this.GetPrimaryKeyString(), depth - 1);

    /// <inheritdoc/>
    public async Task<int> SectionsAsync(int count)
    {
        var met = 0;
        for (var section = 0; section < count; section++)
        {
            if (Interlocked.Increment(ref _running) != 1) met++;
            Thread.SpinWait(100);
            Interlocked.Decrement(ref _running);
            await Task.Yield();
        }
        return met;
    }
}
