using JamEmr.Errors;

namespace JamEmr.Audit;

/// <summary>Why nothing more is begun.</summary>
[Flags]
public enum ClosedBecause
{
    /// <summary>The gate is open.</summary>
    Nothing = 0,

    /// <summary>The ledger does not take a write.</summary>
    Ledger = 1,

    /// <summary>The store of states and of the stream does not take a write.</summary>
    Store = 2,

    /// <summary>A write took longer than its limit.</summary>
    Blocked = 4,

    /// <summary>The sink could not append to the log.</summary>
    Append = 8,

    /// <summary>Too much was recorded that is not in the ledger yet.</summary>
    Backlog = 16,

    /// <summary>The ledger is not what its published checkpoints say.</summary>
    Damaged = 32,
}

/// <summary>
/// Whether work may begin, for this process: as a whole and for each log. Closed, everything is refused at once, so that nothing waits for a
/// disk that does not answer and nothing is shown that could not be recorded.
/// </summary>
public sealed class AuditGateState(AuditWatchOptions options) : IDisposable
{
    // How long after it opened again a state read meanwhile may be older than what was then written late.
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // Looked at by every call: replaced as a whole, never changed.
    private volatile Dictionary<string, ClosedBecause> _logs = new(StringComparer.Ordinal);
    private volatile ClosedBecause _whole;
    private CancellationTokenSource _closing = new();
    private long _closedAt = long.MinValue;
    private int _closures;

    /// <summary>Raised when the gate as a whole closes; on the thread that closed it.</summary>
    public event EventHandler? Closed;

    /// <summary>Cancelled when the gate as a whole closes; another after it opened again.</summary>
    public CancellationToken Closing
    {
        get
        {
            lock (_gate) return _closing.Token;
        }
    }

    /// <summary>Whether it is open for every log.</summary>
    public bool IsOpenForAll => _whole is ClosedBecause.Nothing && _logs.Count == 0;

    /// <summary>Whether the gate as a whole is closed.</summary>
    public bool IsClosed => _whole is not ClosedBecause.Nothing;

    /// <summary>How often it closed, as a whole or for a log.</summary>
    public int Closures => Volatile.Read(ref _closures);

    /// <summary>Whether it is, or was a moment ago, closed: writes that nobody waits for any more may have come late.</summary>
    public bool WasClosedLately
    {
        get
        {
            lock (_gate) return IsClosed || (_closedAt != long.MinValue && options.DiskClock.GetElapsedTime(_closedAt) < Lately);
        }
    }

    /// <summary>Why work on a log is refused; <see cref="ClosedBecause.Nothing"/> when it is not.</summary>
    public ClosedBecause ReasonFor(ReadOnlySpan<char> log)
    {
        var whole = _whole;
        return _logs.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(log, out var own) ? whole | own : whole;
    }

    /// <summary>Refuses work on a log where the gate is closed.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Unavailable"/>.</exception>
    public void RequireOpen(ReadOnlySpan<char> log)
    {
        if (ReasonFor(log) is not ClosedBecause.Nothing) throw AuditGate.Unavailable();
    }

    /// <summary>Logs that are closed on their own, with why.</summary>
    public IReadOnlyDictionary<string, ClosedBecause> ClosedLogs() => _logs;

    /// <summary>Closes the gate as a whole; true when that is news.</summary>
    public bool Close(ClosedBecause why)
    {
        CancellationTokenSource closing;
        lock (_gate)
        {
            _closedAt = options.DiskClock.GetTimestamp();
            if ((_whole & why) == why) return false;
            var wasOpen = _whole is ClosedBecause.Nothing;
            _whole |= why;
            if (!wasOpen) return true;
            _closures++;
            closing = _closing;
        }

        closing.Cancel();
        Closed?.Invoke(this, EventArgs.Empty);
        return true;
    }

    /// <summary>Takes back a reason; true when it stood.</summary>
    public bool Open(ClosedBecause why)
    {
        lock (_gate)
        {
            if ((_whole & why) == 0) return false;
            _whole &= ~why;
            _closedAt = options.DiskClock.GetTimestamp();
            // Whoever closed it may not have cancelled yet: it has the source that was, and must never cancel this one.
            if (_whole is ClosedBecause.Nothing) _closing = new CancellationTokenSource();
            return true;
        }
    }

    /// <summary>Closes it for a log; true when that is news.</summary>
    public bool Close(string log, ClosedBecause why)
    {
        lock (_gate)
        {
            var before = _logs.GetValueOrDefault(log);
            if ((before & why) == why) return false;
            Set(log, before | why);
            if (before is ClosedBecause.Nothing) _closures++;
            return true;
        }
    }

    /// <summary>Takes back a reason for a log; true when it stood.</summary>
    public bool Open(string log, ClosedBecause why)
    {
        if (_logs.Count == 0) return false;
        lock (_gate)
        {
            var before = _logs.GetValueOrDefault(log);
            if ((before & why) == 0) return false;
            Set(log, before & ~why);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _closing.Dispose();

    private void Set(string log, ClosedBecause why)
    {
        var logs = new Dictionary<string, ClosedBecause>(_logs, StringComparer.Ordinal);
        if (why is ClosedBecause.Nothing) logs.Remove(log);
        else logs[log] = why;
        _logs = logs;
    }
}
