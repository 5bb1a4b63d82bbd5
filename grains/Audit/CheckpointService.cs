using System.Threading.Channels;
using JamEmr.Access;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamEmr.Audit;

/// <summary>
/// Has checkpoints leave the database (DESIGN.md, Audit, rule 4): when the host starts, before it serves, so that a database that was put back
/// to an older copy is found out first; then as often as configured; and once more when everything else has stopped. Each witness is served on
/// its own: one that is out of reach holds up no other, and not the service.
/// </summary>
public sealed class CheckpointService : IHostedLifecycleService, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly CheckpointSettings _settings;
    private readonly IWitness[] _witnesses;
    private readonly LedgerAlarm _alarm;
    private readonly AuditGateState _gate;
    private readonly TimeProvider _time;
    private readonly ILogger<CheckpointService> _logger;
    private readonly CheckpointFolder _folder;
    private readonly CheckpointMetrics _metrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(WitnessFeed Feed, ChannelWriter<bool> Due, Task Work)> _feeds = [];
    private Task _work = Task.CompletedTask;
    private CheckpointPublisher? _publisher;
    private readonly HashSet<string> _unproven = new(StringComparer.Ordinal);
    private string? _lastFailure;
    private string? _recordedKeys;

    /// <summary>Asks for the ledger when it first needs it, since the ledger opens with the host.</summary>
    public CheckpointService(
        IServiceProvider services, CheckpointSettings settings, IEnumerable<IWitness> witnesses, LedgerAlarm alarm, AuditGateState gate,
        TimeProvider time, ILogger<CheckpointService> logger)
    {
        (_services, _settings, _witnesses, _alarm, _gate, _time, _logger) = (services, settings, [.. witnesses], alarm, gate, time, logger);
        _folder = new CheckpointFolder(settings.Folder);
        _metrics = new CheckpointMetrics(time, alarm);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    /// <exception cref="NoteException">The checkpoint keys cannot be used: the host must not start.</exception>
    /// <exception cref="LedgerDamagedException">The system's log, on which every start is recorded, is not what was signed of it: the same.</exception>
    /// <exception cref="LedgerUnavailableException">It cannot be found out whether it is: the same. A practice's log of which that is so takes
    /// nothing until a later round has found it out.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PublishAsync(isStart: true, cancellationToken);
        if (_unproven.Contains(GrainKeys.System))
            throw new LedgerUnavailableException($"The system's log cannot be compared with its checkpoints in {_settings.Folder}: {_lastFailure} Make them readable and start again.");
        if (_alarm.Reason(GrainKeys.System) is { } reason) throw new LedgerDamagedException(GrainKeys.System, null, reason);
        _work = WorkAsync();
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => RecordKeysAsync();

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (!_work.IsCompleted) return;
        await PublishAsync(isStart: false, cancellationToken);
        await Task.WhenAll(_feeds.Select(feed => SendAsync(feed.Feed, now: true, cancellationToken)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        _stop.Dispose();
        _publisher?.Dispose();
    }

    private async Task WorkAsync()
    {
        using var timer = new PeriodicTimer(_settings.Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await PublishAsync(isStart: false, _stop.Token);
                await RecordKeysAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }

        await Task.WhenAll(_feeds.Select(feed => feed.Work));
    }

    private async Task PublishAsync(bool isStart, CancellationToken ct)
    {
        try
        {
            _publisher ??= Open();
            var publications = await _publisher.PublishAsync(ct);
            _lastFailure = null;
            if (isStart) Doubt(publications);
            foreach (var publication in publications) Tell(publication);
            Trust(publications);
            _metrics.RoundDone();
        }
        catch (Exception e) when (isStart && (e is IOException or UnauthorizedAccessException))
        {
            throw new LedgerUnavailableException($"The ledger cannot be compared with its checkpoints in {_settings.Folder}: {e.Message} Make them readable and start again.", e);
        }
        catch (Exception e) when (!isStart && !ct.IsCancellationRequested)
        {
            // Whatever it is, it must not be the last round.
            _metrics.RoundFailed();
            // The same every few seconds helps nobody.
            if (string.Equals(_lastFailure, e.Message, StringComparison.Ordinal)) return;
            _lastFailure = e.Message;
            _logger.CheckpointsFailed(e.Message);
        }

        foreach (var (_, due, _) in _feeds) due.TryWrite(true);
    }

    // What could not be compared at the start may be an older copy that was put back: nothing is added to it until it has been compared.
    private void Doubt(IReadOnlyList<Publication> publications)
    {
        foreach (var publication in publications.Where(publication => publication.Status is PublicationStatus.Failed))
        {
            _unproven.Add(publication.Log);
            _gate.Close(publication.Log, ClosedBecause.Damaged);
            _lastFailure = publication.Reason;
        }
    }

    private void Trust(IReadOnlyList<Publication> publications)
    {
        // Rounds end on more than one thread: that of the interval and those of witnesses.
        lock (_unproven)
        {
            foreach (var log in _unproven.Where(log => !publications.Any(p => p.Log == log && p.Status is PublicationStatus.Failed)).ToList())
            {
                _unproven.Remove(log);
                if (_alarm.Reason(log) is null) _gate.Open(log, ClosedBecause.Damaged);
            }
        }
    }

    // Recorded once the new keys sign; where it cannot be now, the next round does.
    private async Task RecordKeysAsync()
    {
        if (_publisher?.Keys is not { } keys) return;
        var now = _time.GetUtcNow();
        var ids = string.Join(',', keys.Keys.Where(key => key.SignsAt(now)).Select(key => key.Key.Id));
        if (string.Equals(ids, _recordedKeys, StringComparison.Ordinal)) return;
        try
        {
            // Set within this method, the context ends with it.
            RequestContext.Clear();
            CallerContext.Set(Caller.Host(Guid.CreateVersion7(now).ToString("N")));
            await _services.GetRequiredService<IGrainFactory>().GetGrain<ICheckpointKeysGrain>(GrainKeys.OfSystem("checkpoint-keys"))
                .SigningAsync(new CheckpointKeyIds(keys.Keys[0].Key.Name, ids));
            _recordedKeys = ids;
        }
        catch (Exception e)
        {
            _logger.KeysNotRecorded(e.GetType().Name);
        }
    }

    private CheckpointPublisher Open()
    {
        var ledger = _services.GetRequiredService<ILedgerStore>();
        var publisher = new CheckpointPublisher(ledger, _folder, _settings.KeyFile, _alarm, _time);
        foreach (var witness in _witnesses)
        {
            var feed = new WitnessFeed(witness, ledger, publisher, _folder, _time);
            var due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
            _metrics.Add(feed);
            _feeds.Add((feed, due.Writer, FeedAsync(feed, due.Reader)));
        }

        return publisher;
    }

    private async Task FeedAsync(WitnessFeed feed, ChannelReader<bool> due)
    {
        try
        {
            await foreach (var _ in due.ReadAllAsync(_stop.Token)) await SendAsync(feed, now: false, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task SendAsync(WitnessFeed feed, bool now, CancellationToken ct)
    {
        var compare = false;
        foreach (var result in await TrySendAsync(feed, now, ct))
        {
            if (result.Status == FeedStatus.Cosigned) continue;
            _metrics.WitnessFailed(feed.Name);
            compare |= result.Status == FeedStatus.HasUnknown;
            if (result.Status == FeedStatus.Refused) _logger.WitnessRefuses(feed.Name, result.Log, result.Reason ?? "");
            else _logger.WitnessFailed(feed.Name, result.Log, result.Reason ?? "");
        }

        // What the witness has may be proof that the database is not what it was. That is not to wait for the next round.
        if (compare) await PublishAsync(isStart: false, ct);
    }

    private static async Task<IReadOnlyList<FeedResult>> TrySendAsync(WitnessFeed feed, bool now, CancellationToken ct)
    {
        try
        {
            return await feed.SendAsync(now, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return [new FeedResult("*", FeedStatus.Failed, e.Message)];
        }
    }

    private void Tell(Publication publication)
    {
        switch (publication.Status)
        {
            case PublicationStatus.Refused:
                // What cannot be signed must not be added to: whatever is recorded now would be lost with this copy.
                _gate.Close(publication.Log, ClosedBecause.Damaged);
                _logger.LedgerAlarm(publication.Log, publication.Reason ?? "");
                break;
            case PublicationStatus.Recovered:
                _gate.Open(publication.Log, ClosedBecause.Damaged);
                _logger.LedgerRecovered(publication.Log);
                break;
            case PublicationStatus.Failed:
                _metrics.RoundFailed();
                _logger.CheckpointFailed(publication.Log, publication.Reason ?? "");
                break;
            default:
                _logger.CheckpointPublished(publication.Log, publication.Size);
                break;
        }
    }
}
