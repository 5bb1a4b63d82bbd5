using JamEmr.Engine.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>
/// Moves committed pages from the write-ahead log into the database while the writer goes on, so that no commit waits
/// for it. The log can start anew only when nothing in it is left to move; under constant load that never happens
/// beside a running writer, so the writer moves the short rest itself, between two groups.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    /// <summary>Pages (4 KiB) of log after which it runs.</summary>
    private const int PagesPerRun = 4096;

    private readonly SqliteDatabase _database;
    private readonly Thread _thread;
    private readonly AutoResetEvent _signal = new(initialState: false);
    private volatile bool _closing;
    private volatile Turn _turn;
    private int _pages;

    /// <summary>Takes over a connection. It stays open as long as the engine, which also keeps the log in place while
    /// others reconnect.</summary>
    public Checkpointer(SqliteDatabase database)
    {
        _database = database;
        _thread = new Thread(Run) { IsBackground = true, Name = "engine-store-checkpointer" };
        _thread.UnsafeStart();
    }

    /// <summary>The writer has written pages. Writer's thread only.</summary>
    public void Wrote(int pages)
    {
        _pages += pages;
        if (_pages < PagesPerRun || _turn != Turn.Nobody) return;
        _pages = 0;
        _turn = Turn.Checkpointer;
        _signal.Set();
    }

    /// <summary>Lets the writer move what it wrote while the checkpointer ran, so that the log can start anew. Writer's thread only.</summary>
    public void HelpFrom(SqliteDatabase? writer)
    {
        if (_turn != Turn.Writer || writer is null) return;
        TryCheckpoint(writer);
        _turn = Turn.Nobody;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing = true;
        _signal.Set();
        _thread.Join();
        _database.Dispose();
        _signal.Dispose();
    }

    private void Run()
    {
        while (_signal.WaitOne() && !_closing)
        {
            TryCheckpoint(_database);
            _turn = Turn.Writer;
        }
    }

    /// <summary>When moving fails, the log keeps its pages and a later run tries again.</summary>
    private static void TryCheckpoint(SqliteDatabase database)
    {
        try
        {
            database.Checkpoint();
        }
        catch (SqliteException)
        {
            // A failing disk shows itself to the writer too, which has callers to tell.
        }
    }

    /// <summary>Whose part of the work it is. They never work at once: only one can hold the lock for it.</summary>
    private enum Turn
    {
        Nobody,
        Checkpointer,
        Writer,
    }
}
