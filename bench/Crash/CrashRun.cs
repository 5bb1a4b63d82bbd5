using System.Diagnostics;
using JamEmr.Bench.Crash.Check;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Bench.Crash;

/// <summary>Kills the server again and again under load, then holds what is there against what was acknowledged.</summary>
public sealed class CrashRun
{
    // A start takes about a second; beyond it the kill meets a server that serves.
    private const int StartMilliseconds = 1500;
    private const int StopMilliseconds = 250;
    private const int MostAcknowledged = 200;
    private const int OffBeatMilliseconds = 20;
    private static readonly TimeSpan LongestLoad = TimeSpan.FromSeconds(5);

    private readonly CrashPlan _plan;
    private readonly Random _random;
    private readonly CancellationToken _ct;
    private readonly string _data;
    private readonly string _account;
    private int _underLoad, _startingUp, _shuttingDown;

    private CrashRun(CrashPlan plan, CancellationToken ct)
    {
        _plan = plan;
        _ct = ct;
        _random = new Random(plan.Seed);
        _data = Path.Combine(plan.Folder, "data");
        _account = Path.Combine(plan.Folder, "acknowledged.ndjson");
    }

    /// <summary>Runs the rounds and checks.</summary>
    /// <exception cref="InvalidOperationException">A process did not do its part: the server did not come back, the load failed.</exception>
    public static Task<CrashReport> RunAsync(CrashPlan plan, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.Rounds);
        return new CrashRun(plan, ct).RunAsync();
    }

    private async Task<CrashReport> RunAsync()
    {
        Directory.CreateDirectory(_plan.Folder);
        var since = Stopwatch.GetTimestamp();
        using var load = LoadProcess.Start(_account, _plan.Seed);
        var returning = await FirstRoundAsync(load);
        while (_underLoad + _startingUp + _shuttingDown < _plan.Rounds)
        {
            switch (_random.Next(5))
            {
                case 0:
                    await KillStartingAsync();
                    break;
                case 1:
                    await KillStoppingAsync(load);
                    break;
                default:
                    await KillUnderLoadAsync(load);
                    break;
            }
        }

        using var server = Launch();
        var address = await server.ServesAsync(_ct);
        await load.ServeAsync([address], _ct);
        await load.AcknowledgesAsync(1, LongestLoad, _ct);
        await load.EndAsync(_ct);
        var rounds = Stopwatch.GetElapsedTime(since);
        return await CheckAsync(load, server, address, returning, rounds);
    }

    private ServerUnderTest Launch() => ServerUnderTest.Launch(_plan.Assembly, _data);

    private async Task<Returning> FirstRoundAsync(LoadProcess load)
    {
        using var server = Launch();
        var address = await server.ServesAsync(_ct);
        var returning = await load.FoundAsync(server.SetupCode ?? throw new InvalidOperationException("The server gave no set-up code: its folder is not fresh."), [address], _ct);
        await LoadAsync(load);
        if (server.Kill()) _underLoad++;
        return returning;
    }

    private async Task KillUnderLoadAsync(LoadProcess load)
    {
        using var server = Launch();
        await load.ServeAsync([await server.ServesAsync(_ct)], _ct);
        await LoadAsync(load);
        if (server.Kill()) _underLoad++;
    }

    // Measured in what is acknowledged, so that a slow machine has the same load; then a moment off the beat of the answers.
    private async Task LoadAsync(LoadProcess load)
    {
        await load.AcknowledgesAsync(_random.Next(1, MostAcknowledged), LongestLoad, _ct);
        await Task.Delay(_random.Next(OffBeatMilliseconds), _ct);
    }

    private async Task KillStartingAsync()
    {
        using var server = Launch();
        await Task.Delay(_random.Next(StartMilliseconds), _ct);
        if (server.Kill()) _startingUp++;
    }

    private async Task KillStoppingAsync(LoadProcess load)
    {
        using var server = Launch();
        await load.ServeAsync([await server.ServesAsync(_ct)], _ct);
        await LoadAsync(load);
        server.AskToStop();
        await Task.Delay(_random.Next(StopMilliseconds), _ct);
        if (server.Kill()) _shuttingDown++;
    }

    private async Task<CrashReport> CheckAsync(LoadProcess load, ServerUnderTest server, Uri address, Returning returning, TimeSpan rounds)
    {
        var since = Stopwatch.GetTimestamp();
        var acknowledged = Acknowledged.Read(_account);
        var findings = new Findings();
        foreach (var fault in load.Faults) findings.Add(fault);
        var state = await new StateReader(address, returning, acknowledged).ReadAsync(findings, _ct);
        if (await server.StopAsync(_ct) is not 0 and var code) findings.Add($"The server ended with {code} when it was asked to stop.");
        await using var ledger = await SqliteLedgerStore.OpenAsync(Path.Combine(_data, "ledger"), ct: _ct);
        var logs = await LogReader.ReadAsync(ledger, acknowledged, findings, _ct);
        AckCheck.Check(acknowledged, logs, findings);
        var changes = StateCheck.Check(state, acknowledged, logs, findings);
        return new CrashReport
        {
            UnderLoad = _underLoad,
            StartingUp = _startingUp,
            ShuttingDown = _shuttingDown,
            Acknowledged = acknowledged.Count,
            Repeated = load.Repeated,
            Records = logs.Records.Count,
            Heads = logs.Heads,
            Entities = state.Count,
            Changes = changes,
            RoundsSeconds = rounds.TotalSeconds,
            CheckSeconds = Stopwatch.GetElapsedTime(since).TotalSeconds,
            Findings = findings.Told,
        };
    }
}
