using System.Collections.Concurrent;
using System.Text.Json;
using JamEmr.Hosting;
using JamEmr.Ledger;
using JamEmr.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>
/// Watches, for this process, that what is recorded can be written and arrives in the ledger: asks both disks twice a second, closes the gate
/// when one does not answer, opens it when both do, and raises an alarm for every log whose ledger falls behind. It starts after the engine and
/// before requests are served; where a disk takes no write, the host does not start and says why.
/// </summary>
public sealed class AuditWatch : IHostedService, IDisposable
{
    // Only a sink of another process leaves it to the watch to find out.
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(2);
    private const int MostAsked = 50;
    private const int MostAlarms = 256;

    private readonly IServiceProvider _services;
    private readonly AuditGateState _gate;
    private readonly AuditBacklog _backlog;
    private readonly AuditWatchOptions _options;
    private readonly TimeProvider _time;
    private readonly BoundedWrites _writes;
    private readonly ILogger<AuditWatch> _logger;
    private readonly IHostEngine? _engine;
    private readonly HashSet<(string Log, string Reason)> _raised = [];
    private readonly ConcurrentQueue<AuditAlarm> _untold = new();
    private StorageProbe[] _probes = [];
    private ITimer? _timer;
    private int _looking;
    private int _telling;
    private int _finding;

    /// <summary>Made by the host.</summary>
    public AuditWatch(
        IServiceProvider services, AuditGateState gate, AuditBacklog backlog, AuditWatchOptions options, TimeProvider time, BoundedWrites writes, ILogger<AuditWatch> logger)
    {
        (_services, _gate, _backlog, _options, _time, _writes, _logger) = (services, gate, backlog, options, time, writes, logger);
        _engine = services.GetService<IHostEngine>();
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Asked for only now: the engine has the data folder by now, in which the ledger may lie.
        var ledger = _services.GetRequiredService<ILedgerStore>();
        await RequireWriteAsync("The ledger", ledger.ProbeAsync(cancellationToken), cancellationToken);
        if (_engine is not null) await RequireWriteAsync("The engine's store", _engine.ProbeAsync(), cancellationToken);
        _probes =
        [
            Probe(ClosedBecause.Ledger, () => ledger.ProbeAsync(CancellationToken.None)),
            .. _engine is null ? Array.Empty<StorageProbe>() : [Probe(ClosedBecause.Store, _engine.ProbeAsync)],
        ];
        _gate.Closed += OnClosed;
        using (ExecutionContext.SuppressFlow())
            _timer = _time.CreateTimer(static state => ((AuditWatch)state!).Look(), this, _options.Period, _options.Period);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Closed -= OnClosed;
        _timer?.Dispose();
    }

    private async Task RequireWriteAsync(string what, Task answer, CancellationToken ct)
    {
        try
        {
            await _writes.WaitAsync(answer, _options.StartLimit, ct);
        }
        catch (TimeoutException e)
        {
            throw new LedgerUnavailableException($"{what} took no write within {_options.StartLimit.TotalSeconds:N0} s. Check its disk, then start again.", e);
        }
    }

    private StorageProbe Probe(ClosedBecause cause, Func<Task> ask) => new(cause, ask, _writes, _options, _gate, _logger);

    // A timer does not wait for the look before, and what a timer throws ends the process.
    private void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) != 0) return;
        try
        {
            // First the disks: whatever else fails, they are asked.
            foreach (var probe in _probes) _ = AskAsync(probe);
            if (_gate.IsClosed) RefuseCalls();
            Judge();
            _ = FindAsync();
            _ = TellAsync();
        }
        catch (Exception e)
        {
            _logger.WatchFailed(e);
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private void OnClosed(object? sender, EventArgs e) => RefuseCalls();

    // What waits for a disk that does not answer is told so, rather than left to its timeout.
    private void RefuseCalls() => _engine?.RefuseCalls(AuditGate.Unavailable);

    private async Task AskAsync(StorageProbe probe)
    {
        await probe.AskAsync();

        // A write was too slow once. Each disk has answered since a question that was asked later: both are well.
        if (Array.TrueForAll(_probes, p => p.Well == p.Asked) && !_gate.ReasonFor("").HasFlag(ClosedBecause.Ledger)) _gate.Open(ClosedBecause.Blocked);
    }

    private void Judge()
    {
        HashSet<(string Log, string Reason)> now = [];
        // Before the backlog is: a log is closed only after its records were added there.
        var unable = _gate.ClosedLogs().Where(log => log.Value.HasFlag(ClosedBecause.Append)).Select(log => log.Key).ToList();
        var behind = _backlog.All();
        // The sink that failed may have moved to another process, or may have nothing to do any more: its records are in the ledger.
        foreach (var log in unable.Where(log => behind.All(b => b.Log != log))) _gate.Open(log, ClosedBecause.Append);
        foreach (var log in behind)
        {
            if (log.Age >= _options.AlarmAge) now.Add((log.Log, "behind"));
            if (log.Age >= _options.RefuseAge || log.Count >= _options.RefuseCount) _gate.Close(log.Log, ClosedBecause.Backlog);
        }

        foreach (var (log, why) in _gate.ClosedLogs())
        {
            // Drained is what is no longer worth an alarm.
            if (why.HasFlag(ClosedBecause.Backlog) && !behind.Any(b => b.Log == log && (b.Age >= _options.AlarmAge || b.Count >= _options.RefuseCount / 2)))
                _gate.Open(log, ClosedBecause.Backlog);
            Add(now, log, _gate.ReasonFor(log));
        }

        Add(now, GrainKeys.System, _gate.ReasonFor(""));
        Raise(now);
    }

    private static void Add(HashSet<(string Log, string Reason)> alarms, string log, ClosedBecause why)
    {
        foreach (var reason in Enum.GetValues<ClosedBecause>())
        {
            if (reason is not ClosedBecause.Nothing && why.HasFlag(reason)) alarms.Add((log, ReasonOf(reason)));
        }
    }

    private static string ReasonOf(ClosedBecause why) => JsonNamingPolicy.SnakeCaseLower.ConvertName(why.ToString());

    private void Raise(HashSet<(string Log, string Reason)> now)
    {
        foreach (var (log, reason) in now)
        {
            if (!_raised.Add((log, reason))) continue;
            _logger.AlarmRaised(log, reason);
            AuditMetrics.AlarmRaised(reason);
            Note(new AuditAlarm(log, reason, Raised: true, _time.GetUtcNow()));
        }

        foreach (var (log, reason) in _raised.Where(alarm => !now.Contains(alarm)).ToList())
        {
            _raised.Remove((log, reason));
            _logger.AlarmCleared(log, reason);
            Note(new AuditAlarm(log, reason, Raised: false, _time.GetUtcNow()));
        }
    }

    private void Note(AuditAlarm alarm)
    {
        if (_untold.Count < MostAlarms) _untold.Enqueue(alarm);
    }

    // Alarms go on the log as soon as it can be written, in their order.
    private async Task TellAsync()
    {
        if (_untold.IsEmpty || Interlocked.Exchange(ref _telling, 1) != 0) return;
        try
        {
            while (_untold.TryPeek(out var alarm) && _gate.ReasonFor(GrainKeys.System) is ClosedBecause.Nothing)
            {
                await ServiceLife.CallAsync(_services, service => service.AlarmAsync(alarm));
                _untold.TryDequeue(out _);
            }
        }
        catch (Exception e)
        {
            _logger.AlarmNotRecorded(e.GetType().Name);
        }
        finally
        {
            Volatile.Write(ref _telling, 0);
        }
    }

    private async Task FindAsync()
    {
        if (_gate.IsClosed || Interlocked.Exchange(ref _finding, 1) != 0) return;
        try
        {
            var ledger = _services.GetRequiredService<ILedgerStore>();
            foreach (var log in _backlog.All().Where(b => b.Age >= AskAfter))
            {
                // As long as all are there, so that it keeps up with however many another process seals.
                while (await FindAsync(ledger, log.Log) == MostAsked)
                {
                }
            }
        }
        catch (LedgerUnavailableException)
        {
            // The probe sees it too.
        }
        catch (Exception e)
        {
            _logger.WatchFailed(e);
        }
        finally
        {
            Volatile.Write(ref _finding, 0);
        }
    }

    private async Task<int> FindAsync(ILedgerStore ledger, string log)
    {
        var found = 0;
        foreach (var id in _backlog.Oldest(log, MostAsked))
        {
            if (await ledger.FindAsync(log, id, CancellationToken.None) is null) continue;
            _backlog.Remove(log, [id], sealedNow: true);
            found++;
        }

        return found;
    }
}
