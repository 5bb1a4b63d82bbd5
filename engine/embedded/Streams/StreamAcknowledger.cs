namespace JamEmr.Engine.Streams;

/// <summary>
/// Writes a pump's progress to disk behind it: never more than one write under way, always the latest position. What a
/// crash loses of it is delivered again.
/// </summary>
internal sealed class StreamAcknowledger(StreamPumpContext context, StreamId stream, GrainId subscriber, long acknowledged)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task _writing = Task.CompletedTask;
    private long _wanted = acknowledged;
    private long _written = acknowledged;
    private bool _isWriting;

    /// <summary>Whether all progress is on disk.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return !_isWriting && _written >= _wanted;
        }
    }

    /// <summary>Notes progress and returns at once.</summary>
    public void Acknowledge(long upTo)
    {
        lock (_gate)
        {
            _wanted = Math.Max(_wanted, upTo);
            if (_isWriting) return;
            _isWriting = true;
            _writing = WriteAsync();
        }
    }

    /// <summary>Completes when all progress is on disk, or storage does not take it.</summary>
    public Task FlushAsync()
    {
        lock (_gate) return _writing;
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            long target;
            lock (_gate)
            {
                target = _wanted;
                if (_written >= target)
                {
                    _isWriting = false;
                    return;
                }
            }

            try
            {
                await context.Store.AcknowledgeAsync(stream, subscriber, target);
                lock (_gate) _written = target;
            }
            catch (StorageUnavailableException) when (!context.Stopping.IsCancellationRequested)
            {
                await Task.Delay(s_retry, context.Time, context.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (StorageUnavailableException)
            {
                lock (_gate) _isWriting = false;
                return;
            }
        }
    }
}
