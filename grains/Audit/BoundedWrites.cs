namespace JamEmr.Audit;

/// <summary>Bounds how long a write is waited for. What is no longer waited for may still happen.</summary>
public sealed class BoundedWrites(TimeProvider time, AuditWatchOptions options)
{
    /// <summary>Waits for the write, up to <see cref="AuditWatchOptions.WriteLimit"/> or until the gate closes.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="OperationCanceledException">The gate closed.</exception>
    public Task WaitAsync(Task write, CancellationToken closing) => WaitAsync(write, options.WriteLimit, closing);

    /// <summary>Waits up to a limit of its own.</summary>
    /// <exception cref="TimeoutException">It took too long, by the service's clock and by the disk's.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task WaitAsync(Task write, TimeSpan limit, CancellationToken closing)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (!write.IsCompleted)
        {
            var began = options.DiskClock.GetTimestamp();
            await WaitAsync(write, limit, time, closing);
            var left = limit - options.DiskClock.GetElapsedTime(began);
            if (!write.IsCompleted && left > TimeSpan.Zero) await WaitAsync(write, left, options.DiskClock, closing);
            if (!write.IsCompleted) throw new TimeoutException("The disk did not take a write in time.");
        }

        await write;
    }

    // Returns when the write ended, however it did, or the time is over.
    private static async Task WaitAsync(Task write, TimeSpan limit, TimeProvider clock, CancellationToken closing)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(closing);
        var over = Task.Delay(limit, clock, ended.Token);
        if (await Task.WhenAny(write, over) == write) await ended.CancelAsync();
        else closing.ThrowIfCancellationRequested();
    }
}
