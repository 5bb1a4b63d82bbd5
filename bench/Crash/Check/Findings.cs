namespace JamEmr.Bench.Crash.Check;

/// <summary>What is wrong, so far.</summary>
internal sealed class Findings
{
    private readonly Lock _gate = new();
    private readonly List<string> _told = [];
    private int _count;

    /// <summary>The first of them, and how many more there are.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_gate) return _count > _told.Count ? [.. _told, $"… and {_count - _told.Count} more."] : [.. _told];
        }
    }

    /// <summary>Adds one.</summary>
    public void Add(string finding)
    {
        lock (_gate)
        {
            if (++_count < CrashReport.Most) _told.Add(finding);
        }
    }
}
