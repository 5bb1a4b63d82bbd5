using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace JamEmr.Tests.Engine.Hosting;

/// <summary>
/// What a test and the grains of one key tell each other while both run in this process: gates that a grain waits at,
/// signals it gives, a journal, and how many were inside a section at once. Keys are unique to a test.
/// </summary>
public sealed class Probe
{
    private static readonly ConcurrentDictionary<string, Probe> All = new(StringComparer.Ordinal);
    private static int _keys;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _signals = new(StringComparer.Ordinal);
    private readonly List<(string Name, int Times, TaskCompletionSource Seen)> _waiters = [];
    private ImmutableList<string> _journal = [];
    private int _inside;
    private int _most;

    /// <summary>A key that no other test of this run has.</summary>
    public static string NewKey(string about = "grain") => $"test/{about}-{Interlocked.Increment(ref _keys)}";

    /// <summary>The probe of a key.</summary>
    public static Probe Of(string key) => All.GetOrAdd(key, static _ => new Probe());

    /// <summary>What was written down, in order.</summary>
    public ImmutableList<string> Journal
    {
        get { lock (_gate) return _journal; }
    }

    /// <summary>The most that were ever between <see cref="Enter"/> and <see cref="Leave"/> at once.</summary>
    public int Most
    {
        get { lock (_gate) return _most; }
    }

    /// <summary>Waits until the test opens the gate.</summary>
    public Task WaitAtAsync(string gate) => Gate(gate).Task;

    /// <summary>Opens a gate, for those who wait and those who come.</summary>
    public void Open(string gate) => Gate(gate).TrySetResult();

    /// <summary>Says that something has happened, once more.</summary>
    public void Signal(string name)
    {
        List<TaskCompletionSource> seen = [];
        lock (_gate)
        {
            var times = _signals[name] = _signals.GetValueOrDefault(name) + 1;
            seen.AddRange(_waiters.Where(w => w.Name == name && w.Times <= times).Select(w => w.Seen));
            _waiters.RemoveAll(w => w.Name == name && w.Times <= times);
        }
        foreach (var waiter in seen) waiter.SetResult();
    }

    /// <summary>How often something was signalled.</summary>
    public int Count(string name)
    {
        lock (_gate) return _signals.GetValueOrDefault(name);
    }

    /// <summary>Completes when something has been signalled that often, since the beginning.</summary>
    public Task SeenAsync(string name, int times = 1)
    {
        lock (_gate)
        {
            if (_signals.GetValueOrDefault(name) >= times) return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((name, times, seen));
            return seen.Task;
        }
    }

    /// <summary>Writes a line down, and signals it.</summary>
    public void Note(string line)
    {
        lock (_gate) _journal = _journal.Add(line);
        Signal(line);
    }

    /// <summary>Enters the watched section.</summary>
    public void Enter()
    {
        lock (_gate) _most = Math.Max(_most, ++_inside);
    }

    /// <summary>Leaves the watched section.</summary>
    public void Leave()
    {
        lock (_gate) _inside--;
    }

    private TaskCompletionSource Gate(string name)
    {
        lock (_gate)
        {
            if (!_gates.TryGetValue(name, out var gate))
                _gates[name] = gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return gate;
        }
    }
}
