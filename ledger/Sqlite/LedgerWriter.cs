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
    private readonly Channel<IWriteRequest> _queue = Channel.CreateBounded<IWriteRequest>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Dictionary<string, TreeHead> _seen = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TermCache _terms = new();
    private LedgerConnection? _termsOf;

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
        await EnqueueAsync(request, ct);
        return await request.Done.Task.WaitAsync(ct);
    }

    /// <summary>Runs a change in a transaction of its own; completes when it is on disk.</summary>
    public async Task<T> RunAsync<T>(string log, Func<Database, T> write, CancellationToken ct)
    {
        var job = new WriteJob<T>(log, write, ct);
        await EnqueueAsync(job, ct);
        return await job.Done.WaitAsync(ct);
    }

    /// <summary>Finishes what was handed in, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task;
    }

    private async Task EnqueueAsync(IWriteRequest request, CancellationToken ct)
    {
        try
        {
            await _queue.Writer.WriteAsync(request, ct);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The ledger is closed.", e);
        }
    }

    private void Run()
    {
        try
        {
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                var (appends, jobs) = TakeGroup();
                Commit(appends);
                foreach (var job in jobs) Commit(job);
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private (List<AppendRequest> Appends, List<WriteJob> Jobs) TakeGroup()
    {
        var (appends, jobs) = (new List<AppendRequest>(), new List<WriteJob>());
        var records = 0;
        while (records < MostRecords && _queue.Reader.TryRead(out var request))
        {
            if (request.Cancelled.IsCancellationRequested)
            {
                request.Cancel();
            }
            else if (request is AppendRequest append)
            {
                appends.Add(append);
                records += append.Records.Count;
            }
            else
            {
                jobs.Add((WriteJob)request);
            }
        }

        return (appends, jobs);
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

    private void Commit(WriteJob job)
    {
        var failure = Try(job.Log, connection => Transact(connection, () => job.Run(connection)));
        if (failure is null) job.Complete();
        else job.Fail(failure);
    }

    private static void Complete(IEnumerable<AppendRequest> requests, Exception? failure)
    {
        foreach (var request in requests)
        {
            if (failure is null) request.Done.TrySetResult(request.Results);
            else request.Fail(failure);
        }
    }

    private Exception? TryCommit(List<IGrouping<string, AppendRequest>> logs)
    {
        var heads = new List<(string Log, TreeHead Head)>(logs.Count);
        var failure = Try(logs[0].Key, connection => Transact(connection, () => Write(connection.Database, logs, heads)));
        if (failure is not null) return failure;
        foreach (var (log, head) in heads) _seen[log] = head;
        return null;
    }

    private Exception? Try(string log, Action<LedgerConnection> write)
    {
        try
        {
            return _connections.Use<Exception?>(_slot, connection =>
            {
                if (connection != _termsOf) (_terms, _termsOf) = (new TermCache(), connection);
                write(connection);
                return null;
            });
        }
        catch (Exception e)
        {
            _terms = new TermCache();
            if (e is not (ArgumentException or LegalHoldException)) _connections.Drop(_slot);
            return Faults.IsStorage(e) ? Faults.Translate(e, log) : e;
        }
    }

    private static void Transact(LedgerConnection connection, Action write)
    {
        connection.Database.Execute("BEGIN IMMEDIATE");
        try
        {
            write();
            connection.Database.Execute("COMMIT");

            // Only after this look is it certain that the commit went to the file that will be read again.
            connection.EnsureInPlace();
        }
        catch
        {
            connection.Database.Rollback();
            throw;
        }
    }

    private void Write(Database database, List<IGrouping<string, AppendRequest>> logs, List<(string Log, TreeHead Head)> heads)
    {
        foreach (var log in logs)
        {
            var appender = new LogAppender(database, _terms, log.Key, _seen.GetValueOrDefault(log.Key));
            foreach (var request in log) appender.Append(request);
            heads.Add((log.Key, appender.Finish()));
        }
    }
}
