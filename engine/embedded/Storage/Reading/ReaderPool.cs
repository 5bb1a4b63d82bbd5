using System.Collections.Concurrent;
using System.Diagnostics;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Engine.Storage.Reading;

/// <summary>
/// Connections for reading, beside the writer and never waiting for it. Every read sees all that was acknowledged before
/// it began.
/// </summary>
internal sealed class ReaderPool(string path, GroupWriter writer, StoreMetrics metrics) : IDisposable
{
    private readonly ConcurrentStack<ReaderSession> _idle = new();
    private readonly SemaphoreSlim _slots = new(Math.Max(4, Environment.ProcessorCount));
    private bool _closed;

    /// <summary>Runs a read on the calling thread once a connection is free.</summary>
    /// <exception cref="StorageUnavailableException">It cannot be read now.</exception>
    public async ValueTask<TResult> ReadAsync<TArgument, TResult>(
        string kind, TArgument argument, Func<ReaderSession, TArgument, TResult> read, CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        await _slots.WaitAsync(ct);
        ReaderSession? session = null;
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), this);
            writer.RequireFilesInPlace();
            if (!_idle.TryPop(out session)) session = new ReaderSession(path);
            var result = read(session, argument);
            _idle.Push(session);
            metrics.Read(kind, since);
            return result;
        }
        catch (Exception e)
        {
            session?.Dispose();
            metrics.ReadFailed(kind);
            if (e is ObjectDisposedException) throw new StorageUnavailableException("The engine is stopping; nothing was read.", e);
            throw StorageFault.Translate(e);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Waits for the reads that run: each holds one slot.
        Volatile.Write(ref _closed, true);
        for (var i = 0; i < Math.Max(4, Environment.ProcessorCount); i++) _slots.Wait();
        while (_idle.TryPop(out var session)) session.Dispose();
        _slots.Release(Math.Max(4, Environment.ProcessorCount));
    }
}
