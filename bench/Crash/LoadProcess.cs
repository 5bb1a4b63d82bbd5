using System.Diagnostics;
using System.Globalization;

namespace JamEmr.Bench.Crash;

/// <summary>The load's process: it keeps its own account of what was acknowledged, whatever happens to the server or to this process.</summary>
internal sealed class LoadProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly Task _listening;
    private readonly TaskCompletionSource<Returning> _working = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _acknowledged;
    private (int Count, TaskCompletionSource Reached) _awaited = (int.MaxValue, new());

    private LoadProcess(Process process)
    {
        _process = process;
        _listening = ListenAsync();
    }

    /// <summary>What the server answered that no server may.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>How often something in flight when the server was killed was asked again.</summary>
    public int Repeated { get; private set; }

    /// <summary>Starts it; it waits for a server.</summary>
    public static LoadProcess Start(string file, int seed)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        var assembly = Path.Combine(AppContext.BaseDirectory, $"{typeof(LoadProcess).Assembly.GetName().Name}.dll");
        foreach (var argument in new[] { "exec", assembly, file, seed.ToString(CultureInfo.InvariantCulture) }) start.ArgumentList.Add(argument);
        return new LoadProcess(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start."));
    }

    /// <summary>Has it found the practice and begin to work.</summary>
    /// <returns>What its people sign in with once more.</returns>
    public async Task<Returning> FoundAsync(string setupCode, IReadOnlyList<Uri> addresses, CancellationToken ct)
    {
        await TellAsync($"found {setupCode} {string.Join(' ', addresses)}", ct);
        return await _working.Task.WaitAsync(Limit, ct);
    }

    /// <summary>Tells it where the next servers serve.</summary>
    public Task ServeAsync(IReadOnlyList<Uri> addresses, CancellationToken ct) => TellAsync($"serve {string.Join(' ', addresses)}", ct);

    /// <summary>Completes when so many operations more are acknowledged, or after the time.</summary>
    /// <returns>Whether they are.</returns>
    public async Task<bool> AcknowledgesAsync(int more, TimeSpan atMost, CancellationToken ct)
    {
        Task reached;
        lock (_gate)
        {
            _awaited = (_acknowledged + more, new(TaskCreationOptions.RunContinuationsAsynchronously));
            reached = _awaited.Reached.Task;
        }

        await Task.WhenAny(reached, _listening, Task.Delay(atMost, ct));
        return reached.IsCompleted;
    }

    /// <summary>Ends it in order.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        await TellAsync("end", ct);
        await _listening.WaitAsync(Limit, ct);
        await _process.WaitForExitAsync(ct).WaitAsync(Limit, ct);
        if (_process.ExitCode != 0) throw new InvalidOperationException("The load failed; its errors are above.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task TellAsync(string line, CancellationToken ct)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), ct);
        await _process.StandardInput.FlushAsync(ct);
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["acknowledged", var count]:
                    Note(int.Parse(count, CultureInfo.InvariantCulture));
                    break;
                case ["working", var doctor, var officer]:
                    _working.TrySetResult(new Returning(doctor, officer));
                    break;
                case ["repeated", var count]:
                    Repeated = int.Parse(count, CultureInfo.InvariantCulture);
                    break;
                default:
                    Faults.Add(line);
                    break;
            }
        }

        _working.TrySetException(new InvalidOperationException("The load ended before it began; its errors are above."));
    }

    private void Note(int acknowledged)
    {
        lock (_gate)
        {
            _acknowledged = acknowledged;
            if (acknowledged >= _awaited.Count) _awaited.Reached.TrySetResult();
        }
    }
}
