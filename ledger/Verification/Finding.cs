namespace JamEmr.Ledger.Verification;

/// <summary>What kind of thing is wrong with a log.</summary>
public enum FindingKind
{
    /// <summary>The head is missing or unreadable.</summary>
    HeadMissing = 0,

    /// <summary>A record of the sequence is not there.</summary>
    RecordMissing = 1,

    /// <summary>A record's bytes are not those that were hashed when it was appended.</summary>
    RecordChanged = 2,

    /// <summary>A record's bytes are there and the hash written for them is not.</summary>
    HashMissing = 3,

    /// <summary>The columns that a record is found by are missing or unreadable.</summary>
    ColumnsMissing = 4,

    /// <summary>The columns do not say what the record's bytes say.</summary>
    ColumnsDiffer = 5,

    /// <summary>Two records have the same id.</summary>
    RepeatedId = 6,

    /// <summary>A tile of the tree is missing or is not what its leaves make it.</summary>
    TileDiffers = 7,

    /// <summary>There are records that the head does not know of.</summary>
    RecordBeyondHead = 8,

    /// <summary>The records do not make the root that the head has.</summary>
    RootDiffers = 9,

    /// <summary>The store cannot be read.</summary>
    Unreadable = 10,

    /// <summary>A record would not be found by what it should be found by.</summary>
    IndexDiffers = 11,

    /// <summary>There is something that does not belong there: a further file, a link, a folder.</summary>
    FileUnexpected = 12,

    /// <summary>A file is missing, or cannot be read as what it should be.</summary>
    FileUnreadable = 13,

    /// <summary>A record's bytes are no record: not JSON, a field repeated, unknown or of another kind.</summary>
    RecordMalformed = 14,

    /// <summary>A record lacks a field that records of its event have.</summary>
    FieldMissing = 15,

    /// <summary>A signature is wrong, or none is of a key that is trusted.</summary>
    SignatureWrong = 16,

    /// <summary>What is signed is not what is there: another log, another size or another root.</summary>
    CheckpointDiffers = 17,

    /// <summary>A witness saw more records than there are.</summary>
    TailCut = 18,

    /// <summary>A witness saw another tree at a size that this one had: the log was rewritten.</summary>
    Rewritten = 19,

    /// <summary>What is wanted to be compared cannot be, with what is there.</summary>
    NotComparable = 20,

    /// <summary>A record does not lie in the time that was asked for.</summary>
    OutsideTime = 21,
}

/// <summary>The first thing that is wrong.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Index">The record it concerns, or the first of those it may concern; null where it concerns the whole log.</param>
/// <param name="Message">What and where, in a sentence, without what records say.</param>
/// <param name="File">The file it was found in, below the folder checked; null where it is a database.</param>
public sealed record Finding(FindingKind Kind, long? Index, string Message, string? File = null);

/// <summary>What was checked, and the first thing that is wrong.</summary>
/// <param name="Log">The log.</param>
/// <param name="Head">The head that was checked against, or null where there is none.</param>
/// <param name="Records">Records whose hash was recomputed.</param>
/// <param name="Bytes">Bytes of these records.</param>
/// <param name="ColumnsCompared">Whether columns were compared with what the bytes say, or only their presence was checked.</param>
/// <param name="First">The first thing that is wrong, or null when nothing is.</param>
public sealed record VerificationReport(string Log, TreeHead? Head, long Records, long Bytes, bool ColumnsCompared, Finding? First)
{
    /// <summary>Records below this index are in an archive: only the tree above them was checked here.</summary>
    public long Archived { get; init; }

    /// <summary>Nothing is wrong.</summary>
    public bool IsSound => First is null;
}
