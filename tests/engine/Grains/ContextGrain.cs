namespace JamEmr.Tests.Engine.Grains;

/// <summary>Reads and writes the request context, alone and through others.</summary>
public interface IContextGrain : IGrainWithStringKey
{
    /// <summary>The value that came with this request.</summary>
    Task<string?> ReadAsync();

    /// <summary>The value after several awaits, some of them on foreign threads.</summary>
    Task<string?> ReadLaterAsync();

    /// <summary>The value that another grain sees when this one calls it.</summary>
    Task<string?> ReadThroughAsync(string other);

    /// <summary>Sets the value, then answers what another grain sees.</summary>
    Task<string?> WriteThenReadThroughAsync(string value, string other);

    /// <summary>Waits at the gate of the name of the value, then answers the value.</summary>
    Task<string?> ReadAfterGateAsync();

    /// <summary>Removes the value, then answers what another grain sees.</summary>
    Task<string?> RemoveThenReadThroughAsync(string other);
}

/// <inheritdoc cref="IContextGrain"/>
[Reentrant]
public sealed class ContextGrain : Grain, IContextGrain
{
    /// <summary>The entry these tests use.</summary>
    public const string Entry = "jamemr.test.purpose";

    private static string? Value => RequestContext.Get(Entry) as string;

    /// <inheritdoc/>
    public Task<string?> ReadAsync() => Task.FromResult(Value);

    /// <inheritdoc/>
    public async Task<string?> ReadLaterAsync()
    {
        await Task.Yield();
        await Task.Delay(TimeSpan.FromMilliseconds(1));
        return Value;
    }

    /// <inheritdoc/>
    public Task<string?> ReadThroughAsync(string other) => GrainFactory.GetGrain<IContextGrain>(other).ReadAsync();

    /// <inheritdoc/>
    public Task<string?> WriteThenReadThroughAsync(string value, string other)
    {
        RequestContext.Set(Entry, value);
        return ReadThroughAsync(other);
    }

    /// <inheritdoc/>
    public async Task<string?> ReadAfterGateAsync()
    {
        var probe = Probe.Of(this.GetPrimaryKeyString());
        probe.Signal("waiting");
        await probe.WaitAtAsync("go on");
        return Value;
    }

    /// <inheritdoc/>
    public Task<string?> RemoveThenReadThroughAsync(string other)
    {
        RequestContext.Remove(Entry);
        return ReadThroughAsync(other);
    }
}
