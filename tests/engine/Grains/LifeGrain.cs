namespace JamEmr.Tests.Engine.Grains;

/// <summary>Comes and goes, and writes it down.</summary>
public interface ILifeGrain : IGrainWithStringKey
{
    /// <summary>Remembers a text, in memory.</summary>
    Task RememberAsync(string text);

    /// <summary>The text remembered.</summary>
    Task<string?> RecallAsync();

    /// <summary>Asks the engine to end this activation, then goes on until "finish" opens if told to.</summary>
    Task LeaveAsync(bool slowly);

    /// <summary>Holds the grain until "finish" opens.</summary>
    Task HoldAsync();
}

/// <inheritdoc cref="ILifeGrain"/>
/// <remarks>Notes "activated" and "deactivated"; fails to activate as often as "refuse" was signalled; fails to
/// deactivate where "fail leaving" was signalled.</remarks>
public sealed class LifeGrain : Grain, ILifeGrain
{
    private string? _text;

    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        Watch.Note("activating");
        if (Watch.Count("activating") <= Watch.Count("refuse")) throw new InvalidOperationException("The chart cannot be read.");
        Watch.Note("activated");
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Watch.Note($"deactivated with {_text ?? "nothing"}");
        Watch.Signal("deactivated");
        if (Watch.Count("fail leaving") > 0) throw new InvalidOperationException("Nowhere to go.");
    }

    /// <inheritdoc/>
    public Task RememberAsync(string text)
    {
        _text = text;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<string?> RecallAsync() => Task.FromResult(_text);

    /// <inheritdoc/>
    public async Task LeaveAsync(bool slowly)
    {
        DeactivateOnIdle();
        Watch.Signal("leaving");
        if (slowly) await Watch.WaitAtAsync("finish");
        Watch.Note("left");
    }

    /// <inheritdoc/>
    public async Task HoldAsync()
    {
        Watch.Signal("holding");
        await Watch.WaitAtAsync("finish");
    }
}
