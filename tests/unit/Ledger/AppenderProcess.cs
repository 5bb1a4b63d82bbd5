using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>
/// Another process that appends samples to a ledger and prints the number of the last one acknowledged after each batch. It is this test
/// program itself, told by its environment to do that instead of testing.
/// </summary>
internal sealed class AppenderProcess : IDisposable
{
    /// <summary>The kind of store whose place is a folder.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>The kind of store whose place is a schema and, after a blank, how to reach its database.</summary>
    public const string Postgres = "postgres";

    private const string Variable = "JAMEMR_LEDGER_APPENDER";

    private readonly Process _process;

    private AppenderProcess(Process process) => _process = process;

    /// <summary>Starts one that appends samples from <paramref name="first"/> on.</summary>
    public static AppenderProcess Start(string kind, string place, int first, int count, int batch)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(AppenderProcess).Assembly.Location);
        start.Environment[Variable] = string.Create(CultureInfo.InvariantCulture, $"{kind} {first} {count} {batch} {place}");
        return new AppenderProcess(Process.Start(start)!);
    }

    /// <summary>The next number acknowledged, or null when the process has ended.</summary>
    public async Task<int?> ReadAcknowledgedAsync(CancellationToken ct)
    {
        var line = await _process.StandardOutput.ReadLineAsync(ct);
        return line is null ? null : int.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>Ends it as a power cut would and returns the last number it acknowledged, if it is above <paramref name="acknowledged"/>.</summary>
    public async Task<int> KillAsync(int acknowledged, CancellationToken ct)
    {
        _process.Kill();
        while (await ReadAcknowledgedAsync(ct) is { } last) acknowledged = last;
        await _process.WaitForExitAsync(ct);
        return acknowledged;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

#pragma warning disable CA2255 // This is a program: its initializer runs before its tests do.
    [ModuleInitializer]
    internal static void AppendIfTold()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } order) return;
        var parts = order.Split(' ', 5);
        var (first, count, batch) = (Number(parts[1]), Number(parts[2]), Number(parts[3]));
        var store = Open(parts[0], parts[4]);
        for (var next = first; next < first + count; next += batch)
        {
            store.AppendAsync(Samples.Log, Samples.Records(next, batch), CancellationToken.None).GetAwaiter().GetResult();
            Console.Out.WriteLine(next + batch - 1);
            Console.Out.Flush();
        }

        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Environment.Exit(0);

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    private static PostgresLedgerOptions PostgresOptions(string[] place) =>
        new() { Schema = place[0], ConnectionString = place[1], Timeout = TimeSpan.FromSeconds(30) };

    // Not async: other threads wait for an initializer to end before they run anything of this program.
    private static ILedgerStore Open(string kind, string place) => kind switch
    {
        Sqlite => SqliteLedgerStore.OpenAsync(place, new SqliteLedgerOptions { BusyMilliseconds = 30_000 }).GetAwaiter().GetResult(),
        Postgres => PostgresLedgerStore.OpenAsync(PostgresOptions(place.Split(' ', 2))).GetAwaiter().GetResult(),
        _ => throw new ArgumentException($"There is no kind of store {kind}.", nameof(kind)),
    };
}
