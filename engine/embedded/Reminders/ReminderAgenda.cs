namespace JamEmr.Engine.Reminders;

/// <summary>
/// All reminders of the engine, in the order they are due. Looking at the first is enough to know whether any is, however
/// many there are. Not thread-safe: the service's gate guards it.
/// </summary>
internal sealed class ReminderAgenda
{
    private readonly Dictionary<GrainId, Dictionary<string, ReminderEntry>> _byGrain = [];

    // Entries that were removed or moved stay queued until their turn comes, and are passed over then.
    private readonly PriorityQueue<ReminderEntry, DateTimeOffset> _byDue = new();
    private DateTimeOffset _lastNow = DateTimeOffset.MinValue;

    /// <summary>How many reminders there are.</summary>
    public int Count { get; private set; }

    /// <summary>The reminders of a grain.</summary>
    public IReadOnlyCollection<ReminderEntry> Of(GrainId grain) => _byGrain.TryGetValue(grain, out var own) ? own.Values : [];

    /// <summary>The reminder of a name, or null.</summary>
    public ReminderEntry? Find(GrainId grain, string name) =>
        _byGrain.TryGetValue(grain, out var own) ? own.GetValueOrDefault(name) : null;

    /// <summary>Adds a reminder in place of the one that has its name.</summary>
    public void Put(ReminderEntry entry)
    {
        Remove(entry.Stored.Grain, entry.ReminderName);
        if (!_byGrain.TryGetValue(entry.Stored.Grain, out var own))
            _byGrain.Add(entry.Stored.Grain, own = new Dictionary<string, ReminderEntry>(StringComparer.Ordinal));
        own.Add(entry.ReminderName, entry);
        Count++;
        Queue(entry);
    }

    /// <summary>Takes a reminder out.</summary>
    public void Remove(GrainId grain, string name)
    {
        if (!_byGrain.TryGetValue(grain, out var own) || !own.Remove(name, out var entry)) return;
        entry.IsRemoved = true;
        Count--;
        if (own.Count == 0) _byGrain.Remove(grain);
    }

    /// <summary>Puts a reminder that has fired back under its new due time.</summary>
    public void Queue(ReminderEntry entry)
    {
        entry.IsQueued = true;
        _byDue.Enqueue(entry, entry.Due);
    }

    /// <summary>Takes what is due out of the queue, and says when the next will be; null when there is none.</summary>
    public DateTimeOffset? TakeDue(DateTimeOffset now, List<ReminderEntry> due)
    {
        if (now < _lastNow) Settle(now);
        _lastNow = now;
        while (_byDue.TryPeek(out var entry, out var at))
        {
            var isStale = entry.IsRemoved || !entry.IsQueued || entry.Due != at;
            if (!isStale && at > now) return at;
            _byDue.Dequeue();
            if (isStale) continue;
            entry.IsQueued = false;
            due.Add(entry);
        }

        return null;
    }

    /// <summary>Looks at every reminder again, because the clock was set back or may have been.</summary>
    public void Settle(DateTimeOffset now)
    {
        _byDue.Clear();
        foreach (var entry in _byGrain.Values.SelectMany(own => own.Values).Where(e => e.IsQueued))
        {
            entry.Due = ReminderSchedule.Settle(entry.Stored.FirstTick, entry.Stored.Period, entry.Due, now);
            _byDue.Enqueue(entry, entry.Due);
        }
    }
}
