using JamEmr.Audit;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>Stands between the audit gate and the stream: lets records through, refuses them as a full disk does, or holds them back.</summary>
public sealed class PublishSwitch
{
    private readonly Lock _gate = new();
    private Func<AuditRecord, bool> _fails = static _ => false;
    private Func<AuditRecord, bool> _holds = static _ => false;
    private TaskCompletionSource _held = NewSource();
    private TaskCompletionSource _released = NewSource();

    /// <summary>Completes when a record is being held back.</summary>
    public Task Held
    {
        get { lock (_gate) return _held.Task; }
    }

    /// <summary>Records that match cannot be published, until <see cref="Mend"/>.</summary>
    public void Break(Func<AuditRecord, bool>? which = null)
    {
        lock (_gate) _fails = which ?? (static _ => true);
    }

    /// <summary>Publishing works again.</summary>
    public void Mend()
    {
        lock (_gate) _fails = static _ => false;
    }

    /// <summary>Records that match wait, until <see cref="Release"/>.</summary>
    public void Hold(Func<AuditRecord, bool> which)
    {
        lock (_gate)
        {
            _holds = which;
            _held = NewSource();
            _released = NewSource();
        }
    }

    /// <summary>Lets through what waits.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _holds = static _ => false;
            _released.SetResult();
        }
    }

    internal Task PassAsync<T>(IEnumerable<T> events)
    {
        lock (_gate)
        {
            var records = events.OfType<AuditRecord>().ToList();
            if (records.Any(_fails)) return Task.FromException(new IOException("No space left on device (test)."));
            if (!records.Any(_holds)) return Task.CompletedTask;
            _held.TrySetResult();
            return _released.Task;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
