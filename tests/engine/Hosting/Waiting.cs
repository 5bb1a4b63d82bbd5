namespace JamEmr.Tests.Engine.Hosting;

/// <summary>Waits for what must happen. The limit only keeps a broken engine from hanging the run.</summary>
public static class Waiting
{
    /// <summary>Far beyond anything an engine that works needs.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Awaits with the limit. Reaching it is never mistaken for the engine's own <see cref="TimeoutException"/>.</summary>
    public static async Task Soon(this Task task)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(task, Task.Delay(Limit, done.Token));
        await done.CancelAsync();
        if (first != task) throw new InvalidOperationException($"Nothing happened within {Limit}.");
        await task;
    }

    /// <summary>Awaits with the limit.</summary>
    public static async Task<T> Soon<T>(this Task<T> task)
    {
        await Soon((Task)task);
        return await task;
    }

    /// <summary>Awaits a move of an enumerator with the limit.</summary>
    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();
}
