using System.Threading.Channels;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Threads that read, each with a connection of its own, so that no reader waits for the writer or takes a thread from the pool. Each
/// piece of work sees one snapshot of the database.
/// </summary>
internal sealed class ReaderThreads : IAsyncDisposable
{
    private readonly LedgerFolder _folder;
    private readonly Channel<Action<Reader>> _queue = Channel.CreateUnbounded<Action<Reader>>();
    private readonly Task[] _ended;

    public ReaderThreads(LedgerFolder folder, int count)
    {
        _folder = folder;
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
        using (var reader = new Reader(_folder))
        {
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_queue.Reader.TryRead(out var work)) work(reader);
            }
        }

        ended.SetResult();
    }

    private sealed class Reader(LedgerFolder folder) : IDisposable
    {
        private LedgerConnection? _connection;

        public void Run<T>(string log, Func<LedgerConnection, T> read, TaskCompletionSource<T> done, CancellationToken ct)
        {
            try
            {
                ct.ThrowIfCancellationRequested();
                done.TrySetResult(Read(read, ct));
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                _connection?.Database.Rollback();
                done.TrySetCanceled(ct);
            }
            catch (Exception e) when (Faults.IsStorage(e))
            {
                Dispose();
                done.TrySetException(Faults.Translate(e, log));
            }
            catch (Exception e)
            {
                _connection?.Database.Rollback();
                done.TrySetException(e);
            }
        }

        public void Dispose()
        {
            _connection?.Dispose();
            _connection = null;
        }

        private T Read<T>(Func<LedgerConnection, T> read, CancellationToken ct)
        {
            if (_connection?.IsInPlace() == false) Dispose();
            var connection = _connection ??= folder.Open(create: false);
            using var interrupt = ct.Register(connection.Database.Interrupt);
            connection.Database.Execute("BEGIN");
            var result = read(connection);
            connection.Database.Execute("COMMIT");
            return result;
        }
    }
}
