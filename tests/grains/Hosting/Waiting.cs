namespace JamEmr.Tests.Grains.Hosting;

/// <summary>Waits for what must happen. The limit only keeps a broken system from hanging the run.</summary>
public static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Awaits with the limit.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Awaits with the limit.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);
}
