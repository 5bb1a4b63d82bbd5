using System.Collections.Immutable;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>How an export is to be checked.</summary>
public sealed record ExportChecks
{
    /// <summary>What records look like.</summary>
    public required RecordFormat Format { get; init; }

    /// <summary>The keys that are trusted: the log's, and those of witnesses. Empty: the log's are taken from the export itself, which shows
    /// that it was not damaged but not who made it.</summary>
    public ImmutableArray<NoteVerifier> Keys { get; init; } = [];

    /// <summary>What others saw of the log.</summary>
    public ImmutableArray<Witnessed> Against { get; init; } = [];

    /// <summary>Threads that may work at once.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Told now and then how many records were checked.</summary>
    public IProgress<long>? Progress { get; init; }
}

/// <summary>A checkpoint that somebody else kept.</summary>
/// <param name="Name">Where it was, for people.</param>
/// <param name="Note">What was in it.</param>
public sealed record Witnessed(string Name, SignedNote Note);

/// <summary>What was checked of an export, and the first thing that is wrong.</summary>
public sealed record ExportReport
{
    /// <summary>What the export says it is; null where that cannot be read.</summary>
    public ExportManifest? Manifest { get; init; }

    /// <summary>The tree it lies under; null until its signature held.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>The keys whose signatures were accepted.</summary>
    public ImmutableArray<NoteVerifier> Keys { get; init; } = [];

    /// <summary>Whether the keys were given by whoever checks rather than taken from the export.</summary>
    public bool KeysGiven { get; init; }

    /// <summary>Keys that signed the checkpoint.</summary>
    public ImmutableArray<NoteVerifier> SignedBy { get; init; } = [];

    /// <summary>Records recomputed.</summary>
    public long Records { get; init; }

    /// <summary>Bytes of these records.</summary>
    public long Bytes { get; init; }

    /// <summary>Tiles compared.</summary>
    public long Tiles { get; init; }

    /// <summary>Earlier checkpoints of the export whose roots were recomputed.</summary>
    public int Checkpoints { get; init; }

    /// <summary>Checkpoints of others that were compared, and what came of each.</summary>
    public ImmutableArray<string> Compared { get; init; } = [];

    /// <summary>Records of events that this program does not know, or in a reduced form: only what all records hold was checked of them.</summary>
    public long UnknownEvents { get; init; }

    /// <summary>The root of the log's records up to the last one of the export.</summary>
    public Merkle.Digest? RootAtEnd { get; init; }

    /// <summary>The first thing that is wrong, or null when nothing is.</summary>
    public Finding? First { get; init; }

    /// <summary>Nothing is wrong.</summary>
    public bool IsSound => First is null;
}
