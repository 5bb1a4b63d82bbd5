namespace JamEmr.Tests.Support.Cluster;

/// <summary>A silo.</summary>
public sealed class SiloProcess : ClusterProcess
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly HttpClient Http = new();

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _ready;

    private SiloProcess(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings, Uri health)
        : base(name, assembly, folder, settings) => _ready = new Uri(health, "/health/ready");

    /// <summary>Starts the process; it is not ready yet.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="assembly">The built program.</param>
    /// <param name="folder">A folder for its log.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="health">Where it says how it is.</param>
    public static SiloProcess Launch(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings, Uri health) =>
        new(name, assembly, folder, settings, health);

    /// <summary>Completes when it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task ReadyAsync(CancellationToken ct)
    {
        while (!await IsReadyAsync(ct))
        {
            await Task.WhenAny(_ended.Task, Task.Delay(Pause, ct));
            ct.ThrowIfCancellationRequested();
            if (_ended.Task.IsCompleted) throw new InvalidOperationException($"{Name} ended instead of being ready:{Environment.NewLine}{Tail}");
        }
    }

    /// <summary>Whether it says that it is ready.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync(_ready, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    protected override void Note(string line)
    {
        // What it writes is for people.
    }

    /// <inheritdoc/>
    protected override void NoteEnd() => _ended.TrySetResult();
}
