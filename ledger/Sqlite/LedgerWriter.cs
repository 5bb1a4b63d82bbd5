using System.Threading.Channels;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The one thread of a store that writes. Batches that arrive while a commit is under way share the next one, so the disk is synced once
/// for all of them. After any failure the connection is dropped and opened anew for the next batch: that is how a repair is noticed.
/// </summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int MostWaiting = 1024;
    private const int MostRecords = 8192;

    private readonly LedgerConnections _connections;
    private readonly ConnectionSlot _slot;
    private readonly Channel<AppendRequest> _queue = Channel.CreateBounded<AppendRequest>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Dictionary<string, TreeHead> _seen = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TermCache _terms = new();

    /// <param name="connections">The store's.</param>
    /// <param name="connection">Open already.</param>
    public LedgerWriter(LedgerConnections connections, LedgerConnection connection)
    {
        _connections = connections;
        _slot = connections.Add(connection);
        new Thread(Run) { Name = "ledger writer", IsBackground = true }.Start();
    }

    public async Task<IReadOnlyList<Appended>> AppendAsync(AppendRequest request, CancellationToken ct)
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
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) Commit(TakeGroup());
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private List<AppendRequest> TakeGroup()
    {
        var group = new List<AppendRequest>();
        var records = 0;
        while (records < MostRecords && _queue.Reader.TryRead(out var request))
        {
            if (request.Cancelled.IsCancellationRequested)
            {
                request.Done.TrySetCanceled(request.Cancelled);
                continue;
            }

            group.Add(request);
            records += request.Records.Count;
        }

        return group;
    }

    private void Commit(List<AppendRequest> group)
    {
        if (group.Count == 0) return;
        var logs = group.GroupBy(request => request.Log, StringComparer.Ordinal).ToList();
        var failure = TryCommit(logs);

        // One log's damage is no reason to refuse the others.
        if (failure is LedgerDamagedException && logs.Count > 1)
        {
            foreach (var log in logs) Complete(log, TryCommit([log]));
            return;
        }

        Complete(group, failure);
    }

    private static void Complete(IEnumerable<AppendRequest> requests, Exception? failure)
    {
        foreach (var request in requests)
        {
            if (failure is null) request.Done.TrySetResult(request.Results);
            else request.Done.TrySetException(failure);
        }
    }

    private Exception? TryCommit(List<IGrouping<string, AppendRequest>> logs)
    {
        try
        {
            var heads = _connections.Use(_slot, connection => Write(connection, logs));
            foreach (var (log, head) in heads) _seen[log] = head;
            return null;
        }
        catch (Exception e)
        {
            _terms = new TermCache();
            _connections.Drop(_slot);
            return Faults.IsStorage(e) ? Faults.Translate(e, logs[0].Key) : e;
        }
    }

    private List<(string Log, TreeHead Head)> Write(LedgerConnection connection, List<IGrouping<string, AppendRequest>> logs)
    {
        var database = connection.Database;
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            var heads = new List<(string, TreeHead)>(logs.Count);
            foreach (var log in logs)
            {
                var appender = new LogAppender(database, _terms, log.Key, _seen.GetValueOrDefault(log.Key));
                foreach (var request in log) appender.Append(request);
                heads.Add((log.Key, appender.Finish()));
            }

            database.Execute("COMMIT");

            // Only after this look is it certain that the commit went to the file that will be read again.
            connection.EnsureInPlace();
            return heads;
        }
        catch
        {
            database.Rollback();
            throw;
        }
    }
}
