using System.Threading.Channels;
using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// Appends of a store, one transaction after another. Batches that arrive while a commit is under way share the next one, so the disk is synced
/// once for all of them.
/// </summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int MostWaiting = 1024;
    private const int MostRecords = 8192;
    private const long MostBytes = 32 * 1024 * 1024;

    private readonly NpgsqlDataSource _source;
    private readonly Channel<PendingAppend> _queue = Channel.CreateBounded<PendingAppend>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Dictionary<string, LogState> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TreeHead> _seen = new(StringComparer.Ordinal);
    private readonly Task _running;
    private bool _committing;

    public LedgerWriter(NpgsqlDataSource source)
    {
        _source = source;
        // Not on the scheduler of whoever opens the store: an actor's would run commits between its calls, and end with it.
        _running = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
    }

    public async Task<IReadOnlyList<Appended>> AppendAsync(PendingAppend request, CancellationToken ct)
    {
        try
        {
            await _queue.Writer.WriteAsync(request, ct);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The ledger is closed.", e);
        }

        return await request.Done.Task.WaitAsync(ct);
    }

    /// <summary>Finishes what was handed in, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            // In the order of names: two writers that lock logs in different orders would wait for each other.
            var logs = TakeGroup().GroupBy(request => request.Log, StringComparer.Ordinal).OrderBy(log => log.Key, StringComparer.Ordinal).ToList();
            if (logs.Count > 0) await CommitAsync(logs);
        }
    }

    private List<PendingAppend> TakeGroup()
    {
        var group = new List<PendingAppend>();
        var (records, bytes) = (0, 0L);
        while (records < MostRecords && bytes < MostBytes && _queue.Reader.TryRead(out var request))
        {
            if (request.Cancelled.IsCancellationRequested)
            {
                request.Cancel();
                continue;
            }

            group.Add(request);
            records += request.Records.Count;
            bytes += request.Records.Sum(record => (long)record.Bytes.Length);
        }

        return group;
    }

    private async Task CommitAsync(List<IGrouping<string, PendingAppend>> logs)
    {
        var failure = await TryCommitAsync(logs);

        // One log's damage is no reason to refuse the others.
        if (failure is LedgerDamagedException && logs.Count > 1)
        {
            foreach (var log in logs) Complete(log, await TryCommitAsync([log]));
            return;
        }

        Complete(logs.SelectMany(log => log), failure);
        if (failure is null or LedgerDamagedException) return;
        // What waited meanwhile is told now rather than after as long again.
        while (_queue.Reader.TryRead(out var waiting)) waiting.Fail(failure);
    }

    private static void Complete(IEnumerable<PendingAppend> requests, Exception? failure)
    {
        foreach (var request in requests)
        {
            if (failure is null) request.Done.TrySetResult(request.Results);
            else request.Fail(failure);
        }
    }

    private async Task<Exception?> TryCommitAsync(List<IGrouping<string, PendingAppend>> logs)
    {
        for (var again = false; ; again = true)
        {
            _committing = false;
            try
            {
                var states = await WriteAsync(logs);
                foreach (var (log, state) in logs.Zip(states)) (_states[log.Key], _seen[log.Key]) = (state, state.Head);
                return null;
            }
            catch (Exception e)
            {
                foreach (var log in logs) _states.Remove(log.Key);
                // A connection of the pool may have died with its server. Nothing can be committed where no commit was sent.
                if (again || _committing || !Faults.IsConnection(e)) return Faults.IsStorage(e) ? Faults.Translate(e, logs[0].Key) : e;
                _source.Clear();
            }
        }
    }

    private async Task<List<LogState>> WriteAsync(List<IGrouping<string, PendingAppend>> logs)
    {
        await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        var states = new List<LogState>(logs.Count);
        foreach (var log in logs)
        {
            var appender = new LogAppender(connection, log.Key, [.. log]);
            states.Add(await appender.RunAsync(_states.GetValueOrDefault(log.Key), _seen.GetValueOrDefault(log.Key), CancellationToken.None));
        }

        _committing = true;
        await transaction.CommitAsync(CancellationToken.None);
        return states;
    }
}
