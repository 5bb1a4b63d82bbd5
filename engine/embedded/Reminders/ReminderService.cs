using System.Diagnostics.Metrics;
using System.Reflection;
using JamEmr.Engine.Hosting;
using JamEmr.Engine.Runtime;
using JamEmr.Engine.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JamEmr.Engine.Reminders;

/// <summary>
/// Durable reminders by the wall clock. One timer waits for the next that is due, and looks at the clock now and then in
/// between, so that a clock that was set is noticed.
/// </summary>
internal sealed partial class ReminderService : IEngineService, IReminderRegistry, IDisposable
{
    /// <summary>How long a clock that was set can go unnoticed.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    private static readonly MethodInfo s_method = typeof(IRemindable).GetMethod(nameof(IRemindable.ReceiveReminder))!;

    /// <summary>Reminders due at one moment do not all start at once: each may activate a grain.</summary>
    private const int MostAtOnce = 64;

    private readonly IEngineStore _store;
    private readonly IActivationDispatcher _dispatcher;
    private readonly ReminderOptions _options;
    private readonly TimeProvider _time;
    private readonly ReminderMetrics _metrics;
    private readonly ILogger<ReminderService> _log;
    private readonly SemaphoreSlim _slots = new(MostAtOnce);
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private readonly ReminderAgenda _agenda = new();
    private readonly HashSet<Task> _firing = [];
    private ITimer? _timer;
    private bool _isStopping;

    public ReminderService(IEngineStore store, IActivationDispatcher dispatcher, IOptions<ReminderOptions> options,
        TimeProvider time, Meter meter, ILogger<ReminderService> log)
    {
        _store = store;
        _dispatcher = dispatcher;
        _options = options.Value;
        _time = time;
        _log = log;
        _metrics = new ReminderMetrics(meter, () =>
        {
            lock (_gate) return _agenda.Count;
        });
    }

    /// <summary>Takes up all stored reminders; those that were due meanwhile fire now.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var stored = await _store.ReadRemindersAsync(ct);
        lock (_gate)
        {
            foreach (var reminder in stored) _agenda.Put(new ReminderEntry(reminder));
            _agenda.Settle(_time.GetUtcNow());
            using (ExecutionContext.SuppressFlow())
                _timer = _time.CreateTimer(static s => ((ReminderService)s!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Tick();
    }

    /// <summary>Fires nothing new and waits for what is firing.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            _isStopping = true;
            _timer?.Dispose();
        }

        await WhenIdleAsync().WaitAsync(ct);
    }

    /// <summary>Completes when what is firing now has fired and its next time is on disk.</summary>
    internal Task WhenIdleAsync()
    {
        lock (_gate) return Task.WhenAll(_firing);
    }

    /// <inheritdoc/>
    public async Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        if (period < _options.MinimumPeriod || period == TimeSpan.Zero)
            throw new ArgumentException($"Reminder {reminderName} has a period of {period}; the shortest is {_options.MinimumPeriod}.", nameof(period));

        var entry = new ReminderEntry(await _store.WriteReminderAsync(callingGrainId, reminderName, _time.GetUtcNow() + dueTime, period));
        lock (_gate) _agenda.Put(entry);
        Tick();
        return entry;
    }

    /// <inheritdoc/>
    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        await _store.DeleteReminderAsync(callingGrainId, reminder.ReminderName);
        lock (_gate) _agenda.Remove(callingGrainId, reminder.ReminderName);
    }

    /// <inheritdoc/>
    public Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName)
    {
        lock (_gate) return Task.FromResult<IGrainReminder?>(_agenda.Find(callingGrainId, reminderName));
    }

    /// <inheritdoc/>
    public Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId)
    {
        lock (_gate) return Task.FromResult(_agenda.Of(callingGrainId).ToList<IGrainReminder>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _slots.Dispose();
    }

    /// <summary>Fires what is due and sets the timer for the next.</summary>
    private void Tick()
    {
        List<ReminderEntry> due = [];
        lock (_gate)
        {
            if (_isStopping || _timer is null) return;
            var now = _time.GetUtcNow();
            var next = _agenda.TakeDue(now, due);
            var wait = next is { } at && at - now < s_longestWait ? at - now : s_longestWait;
            _timer.Change(_agenda.Count == 0 ? Timeout.InfiniteTimeSpan : wait, Timeout.InfiniteTimeSpan);
            foreach (var entry in due) Start(entry);
        }
    }

    private void Start(ReminderEntry entry)
    {
        // The registering grain's identity and context are not the tick's.
        var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        var firing = Task.Run(() => FireAsync(entry));
        _firing.Add(firing);
        _ = firing.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        flow?.Undo();

        void Ended(Task task)
        {
            lock (_gate) _firing.Remove(task);
        }
    }

    private async Task FireAsync(ReminderEntry entry)
    {
        await _slots.WaitAsync();
        var due = entry.Due;
        try
        {
            if (entry.IsRemoved || Volatile.Read(ref _isStopping)) return;
            await _dispatcher.RunTurnAsync(entry.Stored.Grain, s_method, activation => RemindAsync(activation, entry, due), CancellationToken.None);
        }
        catch (Exception e)
        {
            _metrics.Failed();
            LogFailed(entry.ReminderName, entry.Stored.Grain, e.GetType().Name, e.StackTrace ?? "");
        }
        finally
        {
            _slots.Release();
        }

        Task writing;
        lock (_gate)
        {
            if (entry.IsRemoved) return;
            entry.Due = ReminderSchedule.After(entry.Stored.FirstTick, entry.Stored.Period, due, _time.GetUtcNow());
            _agenda.Queue(entry); // stopping or not: nothing is taken from it any more then
            writing = entry.Writing = WriteDueAsync(entry, entry.Writing, entry.Due);
        }

        Tick();
        await writing;
    }

    private Task RemindAsync(IActivation activation, ReminderEntry entry, DateTimeOffset due)
    {
        // Removed while it waited for its turn, perhaps by the turn before.
        if (entry.IsRemoved) return Task.CompletedTask;
        if (activation.Instance is not IRemindable grain)
            throw new InvalidOperationException($"{activation.Instance.GetType().Name} has a reminder and is not IRemindable.");

        var now = _time.GetUtcNow();
        _metrics.Fired(now - due);
        return grain.ReceiveReminder(entry.ReminderName, new TickStatus(entry.Stored.FirstTick.UtcDateTime, entry.Stored.Period, now.UtcDateTime));
    }

    /// <summary>Notes the next due time behind the tick; what a crash loses of it is one tick more.</summary>
    private async Task WriteDueAsync(ReminderEntry entry, Task before, DateTimeOffset due)
    {
        await before;
        try
        {
            await _store.AdvanceReminderAsync(entry.Stored, due);
        }
        catch (StorageUnavailableException e)
        {
            LogNotWritten(entry.ReminderName, entry.Stored.Grain, e.Message);
        }
    }

    [LoggerMessage(1070, LogLevel.Warning, "Reminder {Reminder} of {Grain} failed ({Error}); it is tried again at its next time. {Stack}")]
    private partial void LogFailed(string reminder, GrainId grain, string error, string stack);

    [LoggerMessage(1071, LogLevel.Warning, "The next time of reminder {Reminder} of {Grain} could not be stored; after a restart it may tick once more. {Reason}")]
    private partial void LogNotWritten(string reminder, GrainId grain, string reason);
}
