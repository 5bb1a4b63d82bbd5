namespace JamEmr.Ledger.Checkpoints;

/// <summary>Why a signed note, a key or a checkpoint is not accepted.</summary>
public enum NoteFault
{
    /// <summary>It is not formed as the format says.</summary>
    Malformed,

    /// <summary>None of the keys known here signed it.</summary>
    NoKnownKey,

    /// <summary>It carries a signature in the name of a known key that this key did not make.</summary>
    BadSignature,

    /// <summary>No key signs at this time. It says nothing about what was signed.</summary>
    NoSigner,
}

/// <summary>A signed note, a key or a checkpoint is not accepted. The message says what is wrong in one sentence and quotes nothing of it.</summary>
public sealed class NoteException(NoteFault fault, string message, Exception? cause = null) : FormatException(message, cause)
{
    /// <summary>What kind of fault it is.</summary>
    public NoteFault Fault { get; } = fault;

    internal static NoteException Malformed(string message, Exception? cause = null) => new(NoteFault.Malformed, message, cause);
}
