using JamEmr.Engine.Storage.Files;
using JamEmr.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>
/// The one thread that writes. It takes whatever waits, writes it in one transaction with one flush of the disk, and
/// then answers all. When a commit fails, or it is not certain that it succeeded, all are told that storage is
/// unavailable; the next group tries again.
/// </summary>
internal sealed class GroupWriter : IDisposable
{
    private readonly string _path;
    private readonly FileIdentity[] _files;
    private readonly Checkpointer _checkpointer;
    private readonly StoreMetrics _metrics;
    private readonly WriteQueue _queue = new();
    private readonly Thread _thread;

    // Null after an error that the connection may not have survived: the next group opens another.
    private WriterSession? _session;

    public GroupWriter(string path, SqliteDatabase database, FileIdentity[] files, Checkpointer checkpointer, StoreMetrics metrics)
    {
        _path = path;
        _files = files;
        _checkpointer = checkpointer;
        _metrics = metrics;
        _session = new WriterSession(database);
        metrics.ObserveQueue(() => _queue.Count);
        _thread = new Thread(Run) { IsBackground = true, Name = "engine-store-writer" };
        _thread.UnsafeStart();
    }

    /// <summary>Lets a test make the disk fail; runs on the writer's thread.</summary>
    public Action<CommitStage, SqliteDatabase>? Interfere { get; set; }

    /// <summary>Hands in an operation; its own task tells when it is done.</summary>
    public ValueTask AddAsync(WriteOperation operation) => _queue.AddAsync(operation);

    /// <summary>Throws unless the files that are open are still the ones at their paths.</summary>
    /// <exception cref="StorageUnavailableException">One was deleted, moved or replaced.</exception>
    public void RequireFilesInPlace()
    {
        foreach (var file in _files)
        {
            if (file.IsInPlace()) continue;
            throw new StorageUnavailableException(
                $"{file.Path} was deleted, moved or replaced while the engine uses it; put that very file back, or restart to go on with what is there now.");
        }
    }

    /// <summary>Writes what waits, then ends.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _thread.Join();
        _session?.Dispose();
    }

    private void Run()
    {
        var group = new List<WriteOperation>();
        while (_queue.Take(group))
        {
            Write(group);
            group.Clear();
            _checkpointer.HelpFrom(_session?.Database);
        }
    }

    private void Write(List<WriteOperation> group)
    {
        var error = Commit(group);
        if (error is not null && group.Count > 1 && StorageFault.IsAboutOneOperation(error))
        {
            // Found by trying each alone: only the one that cannot be written fails.
            foreach (var operation in group) Write([operation]);
            return;
        }

        _metrics.Committed(group, error is not null);
        if (error is null)
        {
            foreach (var operation in group) operation.Complete();
            return;
        }

        var told = StorageFault.Translate(error);
        foreach (var operation in group) operation.Fail(told);
    }

    private Exception? Commit(List<WriteOperation> group)
    {
        try
        {
            RequireFilesInPlace();
            var session = _session ??= new WriterSession(WriterSession.OpenDatabase(_path, create: false));
            Interfere?.Invoke(CommitStage.BeforeBegin, session.Database);
            session.Begin();
            foreach (var operation in group) operation.Apply(session);
            Interfere?.Invoke(CommitStage.BeforeCommit, session.Database);
            session.Commit();
            Interfere?.Invoke(CommitStage.AfterCommit, session.Database);

            // Again, now that all is written: what is acknowledged must be in the file that the next start opens.
            RequireFilesInPlace();
            _checkpointer.Wrote(session.Database.TakePagesWritten());
            return null;
        }
        catch (Exception e)
        {
            Abandon(e);
            return e;
        }
    }

    private void Abandon(Exception error)
    {
        if (_session is null) return;
        try
        {
            _session.Rollback();
            if (!StorageFault.SpoilsConnection(error)) return;
        }
        catch (SqliteException)
        {
            // The connection is of no more use; closing it undoes what it had begun.
        }

        _session.Dispose();
        _session = null;
    }
}
