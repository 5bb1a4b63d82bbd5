namespace JamEmr.Tests.Engine.Grains;

/// <summary>A domain error as ours are made: sealed, with a stable code and members that say what went wrong.</summary>
[GenerateSerializer, Alias("test.slot-taken")]
public sealed class SlotTakenException : Exception
{
    /// <summary>Creates the error.</summary>
    public SlotTakenException(string code, DateTimeOffset slot, int waiting) : base($"The slot at {slot:O} is taken.")
    {
        Code = code;
        Slot = slot;
        Waiting = waiting;
    }

    /// <summary>The stable code.</summary>
    [Id(0)]
    public string Code { get; }

    /// <summary>The slot asked for.</summary>
    [Id(1)]
    public DateTimeOffset Slot { get; }

    /// <summary>How many wait for it.</summary>
    [Id(2)]
    public int Waiting { get; }
}

/// <summary>Fails in every way that a method can.</summary>
public interface IFailingGrain : IGrainWithStringKey
{
    /// <summary>Throws after an await.</summary>
    Task FailLaterAsync(string message);

    /// <summary>Throws before it has a task to return.</summary>
    Task FailAtOnceAsync(string message);

    /// <summary>Throws the domain error.</summary>
    Task<int> FailDomainAsync(DateTimeOffset slot);

    /// <summary>Calls another that fails.</summary>
    Task<int> FailThroughAsync(string other, DateTimeOffset slot);

    /// <summary>Fails in two lines at once.</summary>
    Task FailTwiceAsync();

    /// <summary>Counts, in memory, how often it was called.</summary>
    Task<int> CountAsync();
}

/// <inheritdoc cref="IFailingGrain"/>
public sealed class FailingGrain : Grain, IFailingGrain
{
    private int _count;

    /// <inheritdoc/>
    public async Task FailLaterAsync(string message)
    {
        await Task.Yield();
        throw new InvalidOperationException(message);
    }

    /// <inheritdoc/>
    public Task FailAtOnceAsync(string message) => throw new InvalidOperationException(message);

    /// <inheritdoc/>
    public async Task<int> FailDomainAsync(DateTimeOffset slot)
    {
        await Task.Yield();
        throw new SlotTakenException("schedule.slot_taken", slot, 3);
    }

    /// <inheritdoc/>
    public Task<int> FailThroughAsync(string other, DateTimeOffset slot) => GrainFactory.GetGrain<IFailingGrain>(other).FailDomainAsync(slot);

    /// <inheritdoc/>
    public Task FailTwiceAsync() => Task.WhenAll(FailLaterAsync("first"), FailLaterAsync("second"));

    /// <inheritdoc/>
    public Task<int> CountAsync() => Task.FromResult(++_count);
}
