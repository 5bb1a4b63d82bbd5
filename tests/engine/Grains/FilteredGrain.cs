namespace JamEmr.Tests.Engine.Grains;

/// <summary>Called through filters, and a filter itself.</summary>
public interface IFilteredGrain : IGrainWithStringKey
{
    /// <summary>Notes "body" and answers the text.</summary>
    Task<string> EchoAsync(string text);

    /// <summary>Calls another's <see cref="EchoAsync"/>.</summary>
    Task<string> EchoThroughAsync(string other, string text);

    /// <summary>Fails.</summary>
    Task FailAsync();

    /// <summary>Counts up, noting "item" for each.</summary>
    IAsyncEnumerable<int> CountAsync(int to);

    /// <summary>Starts a timer that notes "tick".</summary>
    Task StartTimerAsync(TimeSpan period);

    /// <summary>Sets a reminder that notes "reminded".</summary>
    Task RemindAsync(TimeSpan period);
}

/// <inheritdoc cref="IFilteredGrain"/>
public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter, IRemindable
{
    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        Watch.Note("grain: before");
        await context.Invoke();
        Watch.Note("grain: after");
    }

    /// <inheritdoc/>
    public Task<string> EchoAsync(string text)
    {
        Watch.Note("body");
        return Task.FromResult(text);
    }

    /// <inheritdoc/>
    public Task<string> EchoThroughAsync(string other, string text) => GrainFactory.GetGrain<IFilteredGrain>(other).EchoAsync(text);

    /// <inheritdoc/>
    public Task FailAsync() => throw new SlotTakenException("schedule.slot_taken", DateTimeOffset.UnixEpoch, 1);

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> CountAsync(int to)
    {
        for (var n = 0; n < to; n++)
        {
            Watch.Note("item");
            yield return n;
            await Task.Yield();
        }
    }

    /// <inheritdoc/>
    public Task StartTimerAsync(TimeSpan period)
    {
        this.RegisterGrainTimer(
            _ =>
            {
                Watch.Note("tick");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(period, period) { KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemindAsync(TimeSpan period) => this.RegisterOrUpdateReminder("nudge", period, period);

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Watch.Note("reminded");
        return Task.CompletedTask;
    }
}
