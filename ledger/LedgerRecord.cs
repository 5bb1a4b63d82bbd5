using System.Runtime.InteropServices;

namespace JamEmr.Ledger;

/// <summary>
/// What a record can be found by. The ledger neither derives these from the record's bytes nor judges them; a caller that can
/// derive them lets <see cref="JamEmr.Ledger.Verification.LedgerAudit"/> check that they still say the same.
/// </summary>
public sealed record LedgerColumns
{
    /// <summary>The longest value of any text column, in characters.</summary>
    public const int MaxLength = 256;

    /// <summary>Given where the record was made. A log holds each id once.</summary>
    public required Guid RecordId { get; init; }

    /// <summary>When it happened; kept to the millisecond, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened: a code of the caller's catalogue.</summary>
    public required string EventCode { get; init; }

    /// <summary>The code's category.</summary>
    public string? Category { get; init; }

    /// <summary>Create, read, update, delete or execute.</summary>
    public string? Action { get; init; }

    /// <summary>How it ended.</summary>
    public string? Outcome { get; init; }

    /// <summary>Who did it.</summary>
    public string? ActorId { get; init; }

    /// <summary>What the actor is: a person, a token, the system.</summary>
    public string? ActorKind { get; init; }

    /// <summary>Whose data it concerns.</summary>
    public string? PatientId { get; init; }

    /// <summary>What kind of thing it concerns.</summary>
    public string? EntityType { get; init; }

    /// <summary>Which one.</summary>
    public string? EntityId { get; init; }

    /// <summary>What it was part of.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The remote address it came from.</summary>
    public string? Address { get; init; }
}

/// <summary>A record as it goes in.</summary>
/// <param name="Columns">What it can be found by.</param>
/// <param name="Bytes">The leaf: the record's canonical form, 1 to <see cref="MaxBytes"/> bytes. Exactly these are hashed and kept.
/// They are kept readable, not encrypted, in files that only the service's account may open (mode 0600), because whoever is handed an
/// export must be able to verify it alone and because records hold identifiers and hashes, never words of a chart.</param>
public sealed record LedgerRecord(LedgerColumns Columns, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The largest record, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;
}

/// <summary>A record as it lies in a log.</summary>
/// <param name="Index">Its place, from 0, without gaps.</param>
/// <param name="Columns">What it can be found by.</param>
/// <param name="Bytes">The leaf, as it was given.</param>
public sealed record LedgerEntry(long Index, LedgerColumns Columns, ReadOnlyMemory<byte> Bytes);

/// <summary>What became of a record that was to be appended.</summary>
public enum AppendStatus
{
    /// <summary>It is in the log now.</summary>
    Added = 0,

    /// <summary>It was there already, byte for byte.</summary>
    Present = 1,

    /// <summary>Its id was there already with other bytes, which stay. Somebody used an id twice: worth an alarm.</summary>
    Conflict = 2,
}

/// <summary>Where a record is.</summary>
/// <param name="Index">Its place in the log; that of the first for an id that came again.</param>
/// <param name="Status">Whether it was new.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Appended(long Index, AppendStatus Status);

/// <summary>How far a log reaches and what is in it.</summary>
/// <param name="Size">Records.</param>
/// <param name="Root">The tree's root over them (RFC 9162, 2.1.1).</param>
public sealed record TreeHead(long Size, Merkle.Digest Root)
{
    /// <summary>The head of a log that nothing was appended to.</summary>
    public static TreeHead Empty { get; } = new(0, Merkle.MerkleTree.EmptyRoot);
}
