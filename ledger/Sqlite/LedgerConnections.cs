namespace JamEmr.Ledger.Sqlite;

/// <summary>A place for one connection; one thread uses it.</summary>
internal sealed class ConnectionSlot
{
    private readonly Lock _closing = new();

    public LedgerConnection? Connection { get; set; }

    /// <summary>Ends what runs on it, from another thread.</summary>
    public void Interrupt()
    {
        lock (_closing) Connection?.Database.Interrupt();
    }

    public void Close()
    {
        lock (_closing)
        {
            Connection?.Dispose();
            Connection = null;
        }
    }
}

/// <summary>
/// The connections of a store. They share memory about the write-ahead log, so once a file was deleted or replaced under them, they are
/// all closed before any is opened anew: one that still wrote to the old log beside one that reads the new would damage the database.
/// </summary>
internal sealed class LedgerConnections(LedgerFolder folder) : IDisposable
{
    private const int Attempts = 3;

    private readonly ReaderWriterLockSlim _gate = new();
    private readonly List<ConnectionSlot> _slots = [];

    /// <summary>A further place, with its connection if there is one already.</summary>
    public ConnectionSlot Add(LedgerConnection? connection = null)
    {
        var slot = new ConnectionSlot { Connection = connection };
        _gate.EnterWriteLock();
        _slots.Add(slot);
        _gate.ExitWriteLock();
        return slot;
    }

    /// <summary>Runs <paramref name="use"/> on the slot's connection, opened anew where it has to be.</summary>
    /// <exception cref="LedgerUnavailableException">The files are not there or change faster than they can be opened.</exception>
    public T Use<T>(ConnectionSlot slot, Func<LedgerConnection, T> use)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            _gate.EnterReadLock();
            try
            {
                if (slot.Connection is { } connection && connection.IsInPlace()) return use(connection);
            }
            finally
            {
                _gate.ExitReadLock();
            }

            Reopen(slot);
        }

        throw new LedgerUnavailableException("The ledger's database file was deleted or replaced; restore it.");
    }

    /// <summary>Closes a slot's connection after something failed on it, so that the next use begins afresh.</summary>
    public void Drop(ConnectionSlot slot)
    {
        if (!IsStale(slot)) slot.Close();
        else CloseStale();
    }

    /// <summary>Closes all. No slot may be in use any more.</summary>
    public void Dispose()
    {
        CloseAll();
        _gate.Dispose();
    }

    // Appends go on while a reader opens its connection: only closing what others use needs the gate to itself.
    private void Reopen(ConnectionSlot slot)
    {
        CloseStale();
        _gate.EnterReadLock();
        try
        {
            slot.Connection ??= folder.Open(create: false);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    private void CloseStale()
    {
        _gate.EnterReadLock();
        var stale = _slots.FindAll(IsStale);

        // A long read of a file that is gone is not worth waiting for.
        foreach (var slot in stale) slot.Interrupt();
        _gate.ExitReadLock();
        if (stale.Count == 0) return;

        _gate.EnterWriteLock();
        try
        {
            if (_slots.Exists(IsStale)) CloseAll();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private static bool IsStale(ConnectionSlot slot) => slot.Connection?.IsInPlace() == false;

    private void CloseAll()
    {
        _slots.Find(slot => slot.Connection is not null)?.Connection!.SaveLostLog();
        foreach (var slot in _slots) slot.Close();
    }
}
