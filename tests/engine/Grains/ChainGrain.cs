namespace JamEmr.Tests.Engine.Grains;

/// <summary>Grains that call each other, and themselves, until nobody can answer.</summary>
public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls <paramref name="other"/>, which calls this grain.</summary>
    Task CircleAsync(string other);

    /// <summary>Calls <paramref name="first"/> and awaits it. Signals "called back" when the call is under way.</summary>
    Task BackAsync(string first);

    /// <summary>Calls itself and awaits it. Signals "called itself".</summary>
    Task SelfAsync();

    /// <summary>Catches the timeout of a call to itself and answers with its message.</summary>
    Task<string> SurviveAsync();

    /// <summary>Waits for ever, unless "finish" is opened; signals "waiting".</summary>
    Task WaitAsync();

    /// <summary>Answers at once; notes "pinged".</summary>
    Task PingAsync();

    /// <summary>Answers at once, and is waited for however short other calls are waited for; notes "served".</summary>
    [ResponseTimeout("00:01:00")]
    Task ServeAsync();
}

/// <inheritdoc cref="IChainGrain"/>
public sealed class ChainGrain : Grain, IChainGrain
{
    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task CircleAsync(string other) => GrainFactory.GetGrain<IChainGrain>(other).BackAsync(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task BackAsync(string first)
    {
        var back = GrainFactory.GetGrain<IChainGrain>(first).PingAsync();
        Watch.Signal("called back");
        await back;
    }

    /// <inheritdoc/>
    public async Task SelfAsync()
    {
        var self = GrainFactory.GetGrain<IChainGrain>(this.GetPrimaryKeyString()).PingAsync();
        Watch.Signal("called itself");
        await self;
    }

    /// <inheritdoc/>
    public async Task<string> SurviveAsync()
    {
        try
        {
            await SelfAsync();
            return "";
        }
        catch (TimeoutException e)
        {
            Watch.Signal("survived");
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public async Task WaitAsync()
    {
        Watch.Signal("waiting");
        await Watch.WaitAtAsync("finish");
    }

    /// <inheritdoc/>
    public Task PingAsync()
    {
        Watch.Note("pinged");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ServeAsync()
    {
        Watch.Note("served");
        return Task.CompletedTask;
    }
}
