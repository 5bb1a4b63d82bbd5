namespace JamEmr.Engine;

/// <summary>The base of the engine's own errors. It has the name it has in Orleans, so that grains can catch it on both.</summary>
public class OrleansException : Exception
{
    /// <summary>An error without further explanation.</summary>
    public OrleansException() : base("The engine failed.")
    {
    }

    /// <summary>An error that says why.</summary>
    public OrleansException(string message) : base(message)
    {
    }

    /// <summary>An error that says why, and what it comes from.</summary>
    public OrleansException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The engine is stopping or has stopped: the call was not run and may be made again later.</summary>
public sealed class SiloUnavailableException : OrleansException
{
    /// <summary>The engine is stopping.</summary>
    public SiloUnavailableException() : base("The engine is stopping and takes no more calls.")
    {
    }

    /// <summary>The engine is not available, and why.</summary>
    public SiloUnavailableException(string msg) : base(msg)
    {
    }

    /// <summary>The engine is not available, why, and what it comes from.</summary>
    public SiloUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>
/// The state was changed by another writer since it was read: nothing was written. When it leaves the grain, the
/// activation ends, so that the next call reads the state anew.
/// </summary>
public class InconsistentStateException : OrleansException
{
    /// <summary>A conflict without further explanation.</summary>
    public InconsistentStateException() : base("The state was changed by another writer.")
    {
    }

    /// <summary>A conflict that says what.</summary>
    public InconsistentStateException(string message) : base(message)
    {
    }

    /// <summary>A conflict that says what, and what it comes from.</summary>
    public InconsistentStateException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>A conflict with both etags.</summary>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag) : base(errorMsg)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>The etag that is stored; null when nothing is stored or it is not known.</summary>
    public string? StoredEtag { get; }

    /// <summary>The etag the writer held.</summary>
    public string? CurrentEtag { get; }

    /// <summary>Whether the activation that met the conflict has yet to end because of it. An exception that travelled
    /// on to calling grains must not end those too.</summary>
    internal bool IsSourceActivation { get; set; } = true;
}

/// <summary>
/// Durable storage cannot be read or written now: disk full, read-only, I/O error. Nothing was changed, and the call may
/// be made again. Only the embedded engine throws this type; on Orleans a provider's error arrives as an
/// <see cref="OrleansException"/>, which is why this derives from it.
/// </summary>
public sealed class StorageUnavailableException : OrleansException
{
    /// <summary>Storage is not available.</summary>
    public StorageUnavailableException() : base("Storage is not available.")
    {
    }

    /// <summary>Storage is not available, and why.</summary>
    public StorageUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Storage is not available, why, and what it comes from.</summary>
    public StorageUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The grain no longer knows this enumeration: it was deactivated, or the reader was idle for too long.</summary>
public sealed class EnumerationAbortedException : Exception
{
    /// <summary>The enumeration is gone.</summary>
    public EnumerationAbortedException() : base("The enumeration is gone: the grain was deactivated, or the reader was idle for too long.")
    {
    }

    /// <summary>The enumeration is gone, and why.</summary>
    public EnumerationAbortedException(string message) : base(message)
    {
    }

    /// <summary>The enumeration is gone, why, and what it comes from.</summary>
    public EnumerationAbortedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
