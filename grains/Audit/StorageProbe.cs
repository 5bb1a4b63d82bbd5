using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>Keeps asking one disk whether it takes a write, and closes or opens the gate for it. Never more than one question at a time: one
/// that hangs is waited for, and its answer opens the gate again.</summary>
internal sealed class StorageProbe(
    ClosedBecause cause, Func<Task> ask, BoundedWrites writes, AuditWatchOptions options, AuditGateState gate, ILogger logger)
{
    private int _asking;

    /// <summary>When it last began to ask, counted.</summary>
    public int Asked { get; private set; }

    /// <summary>Which of the questions was last answered well.</summary>
    public int Well { get; private set; }

    /// <summary>Asks, unless it still does.</summary>
    public async Task AskAsync()
    {
        if (Interlocked.Exchange(ref _asking, 1) != 0) return;
        try
        {
            Asked++;
            var answer = ask();
            try
            {
                await writes.WaitAsync(answer, options.ProbeLimit, CancellationToken.None);
            }
            catch (TimeoutException) when (!answer.IsCompleted)
            {
                Close(nameof(TimeoutException));
                await answer;
            }

            Well = Asked;
            if (gate.Open(cause)) logger.GateOpened(cause);
        }
        catch (Exception e)
        {
            Close(e.GetType().Name);
        }
        finally
        {
            Volatile.Write(ref _asking, 0);
        }
    }

    private void Close(string error)
    {
        if (gate.Close(cause)) logger.GateClosed(cause, error);
    }
}
