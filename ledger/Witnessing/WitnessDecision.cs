using System.Collections.Immutable;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Ledger.Witnessing;

/// <summary>What a witness answers to a checkpoint. The numbers are the HTTP statuses that tlog-witness gives them.</summary>
public enum WitnessVerdict
{
    /// <summary>It is consistent with all that was seen before, it is kept, and it is co-signed.</summary>
    Cosigned = 200,

    /// <summary>The request is not formed as it should be.</summary>
    Malformed = 400,

    /// <summary>No key of this log that the witness knows signed it.</summary>
    NotSigned = 403,

    /// <summary>The log is unknown here.</summary>
    UnknownLog = 404,

    /// <summary>The witness's newest checkpoint has another size than the request starts from.</summary>
    Conflict = 409,

    /// <summary>It is not shown that the log only grew.</summary>
    NotProven = 422,
}

/// <summary>How much a decision matters to whoever runs the witness.</summary>
public enum WitnessConcern
{
    /// <summary>As it should be.</summary>
    None,

    /// <summary>Something is not as it should be, and it says nothing of the log.</summary>
    Notice,

    /// <summary>The log, with its own signature, says what cannot be: it forked, or went back.</summary>
    Misbehaviour,
}

/// <summary>A witness's answer.</summary>
/// <param name="Verdict">Which.</param>
/// <param name="Message">A sentence that says why, for the log's operator and the witness's.</param>
/// <param name="Concern">How much it matters.</param>
public sealed record WitnessDecision(WitnessVerdict Verdict, string Message, WitnessConcern Concern = WitnessConcern.Notice)
{
    /// <summary>The log, once it is known that one of its keys signed.</summary>
    public string? Origin { get; init; }

    /// <summary>The size of the checkpoint that the witness has; null unless the log is to try again from there.</summary>
    public long? HaveSize { get; init; }

    /// <summary>The co-signatures.</summary>
    public ImmutableArray<NoteSignature> Signatures { get; init; } = [];
}
