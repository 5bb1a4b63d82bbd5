using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Ledger;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>The real ledger, which tells when a record has arrived and can be made to fail as a full disk makes it.</summary>
public sealed class WatchedLedger(ILedgerStore inner) : ILedgerStore
{
    private readonly Lock _gate = new();
    private readonly List<(string Log, AuditRecord Record)> _arrived = [];
    private readonly List<(Func<string, AuditRecord, bool> Match, TaskCompletionSource<AuditRecord> Seen)> _waiters = [];
    private bool _broken;
    private int _disposed;
    private Task _appendsHeld = Task.CompletedTask;
    private Task _probesHeld = Task.CompletedTask;
    private TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _probed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _missed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an append was refused because the ledger is broken.</summary>
    public Task Refused
    {
        get { lock (_gate) return _refused.Task; }
    }

    /// <summary>Completes when somebody has looked for a record that is not there, from now on.</summary>
    public Task MissAsync()
    {
        lock (_gate) return (_missed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.Soon();
    }

    /// <summary>Completes when this ledger is probed for the first time.</summary>
    public Task Probed => _probed.Task;

    /// <summary>Appends what another process would, whatever is held here.</summary>
    public Task AppendElsewhereAsync(string log, AuditRecord record) => inner.AppendAsync(log, [AuditSinkRules.ToLedger(record)], CancellationToken.None);

    /// <summary>Every append fails until <see cref="Mend"/>.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            _refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Appends work again.</summary>
    public void Mend()
    {
        lock (_gate) _broken = false;
    }

    /// <summary>Called before and after each append; an exception it gives is what becomes of the call.</summary>
    public Func<bool, Exception?>? Interfere { get; set; }

    /// <summary>No append goes on until the given task ends, as on a disk that hangs.</summary>
    public void HoldAppends(Task until)
    {
        lock (_gate) _appendsHeld = until;
    }

    /// <summary>No probe is answered until the given task ends.</summary>
    public void HoldProbes(Task until)
    {
        lock (_gate) _probesHeld = until;
    }

    /// <summary>The first record on a log that matches, as soon as it is there.</summary>
    public Task<AuditRecord> ArrivalAsync(string log, Func<AuditRecord, bool> match)
    {
        lock (_gate)
        {
            foreach (var (at, record) in _arrived)
            {
                if (at == log && match(record)) return Task.FromResult(record);
            }

            var seen = new TaskCompletionSource<AuditRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add(((at, record) => at == log && match(record), seen));
            return seen.Task.Soon();
        }
    }

    public async Task<IReadOnlyList<Appended>> AppendAsync(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
    {
        Task held;
        lock (_gate)
        {
            held = _appendsHeld;
            if (_broken)
            {
                _refused.TrySetResult();
                throw new LedgerUnavailableException("No space left on device (test).");
            }
        }

        await held;
        if (Interfere?.Invoke(true) is { } before) throw before;
        var appended = await inner.AppendAsync(log, batch, ct);
        if (Interfere?.Invoke(false) is { } after) throw after;
        var records = batch.Select(r => JsonSerializer.Deserialize(r.Bytes.Span, GrainJson.TypeInfo<AuditRecord>())!);
        lock (_gate)
        {
            foreach (var record in records)
            {
                _arrived.Add((log, record));
                foreach (var (match, seen) in _waiters)
                {
                    if (match(log, record)) seen.TrySetResult(record);
                }
            }
        }

        return appended;
    }

    public Task<IReadOnlyList<string>> LogsAsync(CancellationToken ct) => inner.LogsAsync(ct);

    public Task<TreeHead> HeadAsync(string log, CancellationToken ct) => inner.HeadAsync(log, ct);

    public Task<LedgerEntry?> FindAsync(string log, long index, CancellationToken ct) => inner.FindAsync(log, index, ct);

    public async Task<LedgerEntry?> FindAsync(string log, Guid recordId, CancellationToken ct)
    {
        var found = await inner.FindAsync(log, recordId, ct);
        lock (_gate)
        {
            if (found is null) _missed.TrySetResult();
        }

        return found;
    }

    public Task<LedgerPage> QueryAsync(string log, LedgerQuery query, CancellationToken ct) => inner.QueryAsync(log, query, ct);

    public Task<IReadOnlyList<LedgerCount>> CountAsync(string log, LedgerQuery query, CountBy by, CancellationToken ct) =>
        inner.CountAsync(log, query, by, ct);

    public Task<InclusionProof> InclusionProofAsync(string log, long index, long? treeSize, CancellationToken ct) =>
        inner.InclusionProofAsync(log, index, treeSize, ct);

    public Task<ConsistencyProof> ConsistencyProofAsync(string log, long size1, long size2, CancellationToken ct) =>
        inner.ConsistencyProofAsync(log, size1, size2, ct);

    public Task<IReadOnlyList<StoredLeaf>> ReadAsync(string log, long from, int count, CancellationToken ct) => inner.ReadAsync(log, from, count, ct);

    public Task<Tile?> ReadTileAsync(string log, TileId tile, CancellationToken ct) => inner.ReadTileAsync(log, tile, ct);

    public Task SaveCheckpointAsync(string log, StoredCheckpoint checkpoint, CancellationToken ct) => inner.SaveCheckpointAsync(log, checkpoint, ct);

    public Task<IReadOnlyList<StoredCheckpoint>> CheckpointsAsync(string log, CancellationToken ct) => inner.CheckpointsAsync(log, ct);

    public Task PlaceHoldAsync(string log, LegalHold hold, CancellationToken ct) => inner.PlaceHoldAsync(log, hold, ct);

    public Task<bool> LiftHoldAsync(string log, Guid hold, DateTimeOffset at, CancellationToken ct) => inner.LiftHoldAsync(log, hold, at, ct);

    public Task<IReadOnlyList<LegalHold>> HoldsAsync(string log, CancellationToken ct) => inner.HoldsAsync(log, ct);

    public Task<long> ReleaseAsync(string log, long upTo, Digest root, CancellationToken ct) => inner.ReleaseAsync(log, upTo, root, ct);

    public async Task ProbeAsync(CancellationToken ct)
    {
        Task held;
        lock (_gate)
        {
            held = _probesHeld;
            _probed.TrySetResult();
        }

        await held;
        await inner.ProbeAsync(ct);
    }

    public Task<LedgerExtent> ExtentAsync(string log, CancellationToken ct) => inner.ExtentAsync(log, ct);

    public Task<Finding?> CheckAsync(CancellationToken ct) => inner.CheckAsync(ct);

    // The host's container disposes it when a sink has asked for it; the host itself does when none has.
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? inner.DisposeAsync() : ValueTask.CompletedTask;
}
