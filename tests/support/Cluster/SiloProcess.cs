namespace JamEmr.Tests.Support.Cluster;

/// <summary>A silo.</summary>
public sealed class SiloProcess : ClusterProcess
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings)
        : base(name, assembly, folder, settings)
    {
    }

    /// <summary>Starts the process; it is not ready yet.</summary>
    public static SiloProcess Launch(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings) =>
        new(name, assembly, folder, settings);

    /// <summary>Completes when it hosts grains.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public Task ReadyAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    /// <inheritdoc/>
    protected override void Note(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Contains("Application started", StringComparison.Ordinal)) _ready.TrySetResult();
    }

    /// <inheritdoc/>
    protected override void NoteEnd()
    {
        _ready.TrySetException(new InvalidOperationException($"{Name} ended instead of being ready:{Environment.NewLine}{Tail}"));
        // Whether anybody waits for it or not.
        _ = _ready.Task.Exception;
    }
}
