using System.Diagnostics;
using System.Globalization;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>One of the built programs in a process of its own, as an operator runs it, to be killed, frozen and stopped.</summary>
public abstract class ClusterProcess : IAsyncDisposable
{
    private const int TailLines = 80;
    private const int Terminate = 15;
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Queue<string> _tail = new();
    private readonly Task _reading;
    private readonly StreamWriter _log;
    private int _streams = 2;

    /// <summary>Starts the program.</summary>
    /// <param name="name">What it is called in messages and in the name of its log.</param>
    /// <param name="assembly">The built program.</param>
    /// <param name="folder">A folder for its log.</param>
    /// <param name="settings">Its settings, <c>JamEmr:Name</c> written as <c>JamEmr__Name</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    protected ClusterProcess(string name, string assembly, string folder, IReadOnlyDictionary<string, string> settings, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(arguments);
        Name = name;
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        // What a developer's shell says about environments is not part of what is tried.
        foreach (var variable in start.Environment.Keys.Where(IsOurs).ToList()) start.Environment.Remove(variable);
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (setting, value) in settings) start.Environment[setting] = value;
        foreach (var argument in (string[])["exec", assembly, .. arguments]) start.ArgumentList.Add(argument);
        _log = new StreamWriter(Path.Combine(folder, $"{name}.{Path.GetRandomFileName()}.log")) { AutoFlush = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        ProcessKeeper.Keep(_process.Id);
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Its id, for what the operating system counts.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The last lines it wrote to its console.</summary>
    public string Tail
    {
        get
        {
            lock (_gate) return string.Join(Environment.NewLine, _tail);
        }
    }

    /// <summary>SIGKILL: no chance to write anything more. True when it was still alive.</summary>
    public bool Kill()
    {
        var alive = !_process.HasExited;
        _process.Kill();
        _process.WaitForExit();
        return alive;
    }

    /// <summary>SIGSTOP: it stands where it is, its connections stay open, and it answers nothing.</summary>
    public void Freeze() => Signal(Stop);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => Signal(Continue);

    /// <summary>SIGTERM, as a service manager stops it; does not wait.</summary>
    public void AskToStop() => Signal(Terminate);

    /// <summary>Completes when it has ended and everything it wrote was read.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndsAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        await _reading.WaitAsync(ct);
        return _process.ExitCode;
    }

    /// <summary>Stops it in order.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync(CancellationToken ct)
    {
        AskToStop();
        return EndsAsync(ct);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!_process.HasExited) Kill();
        await _reading;
        ProcessKeeper.Forget(_process.Id);
        await _log.DisposeAsync();
        _process.Dispose();
    }

    /// <summary>Told of every line it writes, in order for each of its two streams. May be called before the constructor has run, after the
    /// initializers of fields.</summary>
    protected abstract void Note(string line);

    /// <summary>Told when it has closed its console: it will say no more.</summary>
    protected abstract void NoteEnd();

    private static bool IsOurs(string variable) =>
        variable.StartsWith("JamEmr", StringComparison.OrdinalIgnoreCase) || variable is "ASPNETCORE_ENVIRONMENT" or "ASPNETCORE_URLS" or "DOTNET_ENVIRONMENT";

    private async Task ReadAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _log.WriteLine(line);
                _tail.Enqueue(line);
                if (_tail.Count > TailLines) _tail.Dequeue();
            }

            Note(line);
        }

        if (Interlocked.Decrement(ref _streams) == 0) NoteEnd();
    }

    private void Signal(int signal)
    {
        using var kill = Process.Start("kill", [string.Create(CultureInfo.InvariantCulture, $"-{signal}"), _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
