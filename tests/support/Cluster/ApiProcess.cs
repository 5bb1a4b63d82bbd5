namespace JamEmr.Tests.Support.Cluster;

/// <summary>A front door: api as a client of the cluster.</summary>
public sealed class ApiProcess : ClusterProcess
{
    private readonly TaskCompletionSource<Uri> _serves = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _setupCode;

    private ApiProcess(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments)
        : base(name, assembly, folder, settings, arguments)
    {
    }

    /// <summary>The one-time set-up code that it printed, once it serves; null where there is a practice, or another printed it.</summary>
    public string? SetupCode => _setupCode;

    /// <summary>Starts the process; it does not serve yet.</summary>
    /// <param name="port">Its HTTPS port; 0 takes a free one.</param>
    public static ApiProcess Launch(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings, int port = 0) =>
        new(name, assembly, folder, settings, "--data", Path.Combine(folder, name), "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Where it serves, once it does.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public Task<Uri> ServesAsync(CancellationToken ct) => _serves.Task.WaitAsync(ct);

    /// <inheritdoc/>
    protected override void Note(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Split("set-up code: ") is [_, var code]) _setupCode = code.Trim();
        if (line.Split("serves at ") is [_, var rest]) _serves.TrySetResult(new Uri(rest.Split(' ')[0]));
    }

    /// <inheritdoc/>
    protected override void NoteEnd()
    {
        _serves.TrySetException(new InvalidOperationException($"{Name} ended instead of serving:{Environment.NewLine}{Tail}"));
        // Whether anybody waits for it or not.
        _ = _serves.Task.Exception;
    }
}
