using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using JamEmr.Engine.Storage;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>
/// Another process with a store open. It is this test program itself, told by its environment to do that instead of
/// testing. It says a line for each thing that was acknowledged, after it was.
/// </summary>
internal sealed class ChildEngine : IDisposable
{
    /// <summary>Grains that each write numbers, one after the other, and streams that each get them.</summary>
    public const int Writers = 8;

    private const string Variable = "JAMEMR_STORE_CHILD";

    private readonly Process _process;

    private ChildEngine(Process process) => _process = process;

    /// <summary>Starts one that opens the folder, says <c>open</c>, and then either waits (<c>hold</c>) or writes (<c>write</c>).</summary>
    public static ChildEngine Start(string what, string folder)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(ChildEngine).Assembly.Location);
        start.Environment[Variable] = $"{what} {folder}";
        return new ChildEngine(Process.Start(start)!);
    }

    /// <summary>Its process number.</summary>
    public int Id => _process.Id;

    /// <summary>Its next line, or null when it has ended.</summary>
    public async Task<string?> NextAsync() => await _process.StandardOutput.ReadLineAsync(Some.Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Some.Ct);

    /// <summary>Ends it as a power cut would, and returns what it had still said.</summary>
    public async Task<List<string>> KillAsync()
    {
        _process.Kill();
        var lines = new List<string>();
        while (await NextAsync() is { } line) lines.Add(line);
        await _process.WaitForExitAsync(Some.Ct);
        return lines;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

#pragma warning disable CA2255 // This is a program: its initializer runs before its tests do.
    [ModuleInitializer]
    internal static void RunIfTold()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } order) return;
        var parts = order.Split(' ', 2);
        Run(parts[0], parts[1]);
        Environment.Exit(0);
    }

    // All on this one thread: while a module's initializer runs, other threads cannot enter its code.
    private static void Run(string what, string folder)
    {
        using var meter = new Meter("child");
        EngineStore store;
        try
        {
            var options = new EngineStoreOptions { DataFolder = folder, MasterKeyVariable = "JAMEMR_TEST_NO_KEY" };
            store = EngineStore.OpenAsync(options, meter, TimeProvider.System).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            Say($"{e.GetType().Name}: {e.Message}");
            return;
        }

        Say("open");
        if (what == "hold") new ManualResetEventSlim().Wait();
        var writers = new Writer[Writers];
        for (var n = 0; n < Writers; n++) writers[n] = new Writer(store, n);
        while (true) writers[Task.WaitAny(Array.ConvertAll(writers, w => w.Pending))].GoOn();
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    /// <summary>Writes a number as a state, then as an event, then the next number.</summary>
    private sealed class Writer
    {
        private readonly EngineStore _store;
        private readonly int _id;
        private int _number;
        private string? _etag;
        private Task<string>? _state;
        private Task<long>? _event;

        public Writer(EngineStore store, int id)
        {
            _store = store;
            _id = id;
            var stored = store.ReadStateAsync(Some.Grain(id), "state", CancellationToken.None).AsTask().GetAwaiter().GetResult();
            if (stored is { } state) (_number, _etag) = (int.Parse(Encoding.UTF8.GetString(state.Payload.Span), CultureInfo.InvariantCulture), state.Etag);
            WriteNext();
        }

        public Task Pending => (Task?)_state ?? _event!;

        public void GoOn()
        {
            if (_state is not null)
            {
                _etag = _state.GetAwaiter().GetResult();
                Say($"state {_id} {_number}");
                _state = null;
                _event = _store.AppendTextAsync(Some.Stream(_id), [Some.Sink(_id)], $"{_number}");
                return;
            }

            Say($"event {_id} {_event!.GetAwaiter().GetResult()}");
            WriteNext();
        }

        private void WriteNext() => _state = _store.WriteTextAsync(Some.Grain(_id), $"{++_number}", _etag);
    }
}
