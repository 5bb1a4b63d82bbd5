namespace JamEmr.Common;

/// <summary>Counts failures within a sliding window, in memory: a brake on guessing, not a record. The record is the audit log.</summary>
/// <param name="limit">Failures allowed within the window.</param>
/// <param name="window">How long a failure counts.</param>
internal sealed class AttemptWindow(int limit, TimeSpan window)
{
    private readonly Queue<DateTimeOffset> _failures = new();

    /// <summary>Whether the limit is reached.</summary>
    public bool IsFull(DateTimeOffset now)
    {
        while (_failures.TryPeek(out var oldest) && (now - oldest >= window)) _failures.Dequeue();
        return _failures.Count >= limit;
    }

    /// <summary>Counts a failure.</summary>
    public void Add(DateTimeOffset now) => _failures.Enqueue(now);

    /// <summary>Forgets all.</summary>
    public void Clear() => _failures.Clear();
}
