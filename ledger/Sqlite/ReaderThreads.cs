using System.Threading.Channels;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Threads that read, each with a connection of its own, so that no reader waits for the writer or takes a thread from the pool. Each
/// piece of work sees one snapshot of the database.
/// </summary>
internal sealed class ReaderThreads : IAsyncDisposable
{
    private readonly LedgerConnections _connections;
    private readonly Channel<Action<Reader>> _queue = Channel.CreateUnbounded<Action<Reader>>();
    private readonly Task[] _ended;

    public ReaderThreads(LedgerConnections connections, int count)
    {
        _connections = connections;
        _ended = [.. Enumerable.Range(0, count).Select(Start)];
    }

    /// <summary>Runs <paramref name="read"/> on one of the threads.</summary>
    public async Task<T> RunAsync<T>(string log, Func<LedgerConnection, T> read, CancellationToken ct)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(reader => reader.Run(log, read, done, ct)), this);
        return await done.Task.WaitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_ended);
    }

    private Task Start(int number)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Loop(ended)) { Name = $"ledger reader {number}", IsBackground = true }.Start();
        return ended.Task;
    }

    private void Loop(TaskCompletionSource ended)
    {
        var reader = new Reader(_connections);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var work)) work(reader);
        }

        ended.SetResult();
    }

    private sealed class Reader(LedgerConnections connections)
    {
        private readonly ConnectionSlot _slot = connections.Add();

        public void Run<T>(string log, Func<LedgerConnection, T> read, TaskCompletionSource<T> done, CancellationToken ct)
        {
            try
            {
                ct.ThrowIfCancellationRequested();
                done.TrySetResult(connections.Use(_slot, connection => Read(connection, read, ct)));
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                done.TrySetCanceled(ct);
            }
            catch (Exception e)
            {
                if (Faults.IsStorage(e)) connections.Drop(_slot);
                done.TrySetException(Faults.IsStorage(e) ? Faults.Translate(e, log) : e);
            }
        }

        private static T Read<T>(LedgerConnection connection, Func<LedgerConnection, T> read, CancellationToken ct)
        {
            using var interrupt = ct.Register(connection.Database.Interrupt);
            connection.Database.Execute("BEGIN");
            try
            {
                return read(connection);
            }
            finally
            {
                connection.Database.Rollback();
            }
        }
    }
}
