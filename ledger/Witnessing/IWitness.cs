using System.Collections.Immutable;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Ledger.Witnessing;

/// <summary>A witness as a log sees it, wherever it runs.</summary>
public interface IWitness
{
    /// <summary>Its name and public key: a co-signature counts when it is this key's.</summary>
    NoteVerifier Key { get; }

    /// <summary>Hands a checkpoint to it. Does not throw for what the witness does or fails to do.</summary>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    Task<WitnessAnswer> AddAsync(WitnessRequest request, CancellationToken ct);

    /// <summary>The newest checkpoint it has of a log, as it came: verify it. Null where it has none, cannot tell or is out of reach.</summary>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    Task<SignedNote?> NewestAsync(string origin, CancellationToken ct);
}

/// <summary>How a witness answered.</summary>
public enum WitnessReply
{
    /// <summary>It says it co-signed.</summary>
    Cosigned,

    /// <summary>It has a checkpoint of another size.</summary>
    HasOther,

    /// <summary>It refuses.</summary>
    Refused,

    /// <summary>It did not answer, or with nothing that is an answer.</summary>
    Unreachable,
}

/// <summary>A witness's answer as it came: nothing in it is verified.</summary>
/// <param name="Reply">How it answered.</param>
/// <param name="Reason">Why it did not co-sign, in a sentence.</param>
public sealed record WitnessAnswer(WitnessReply Reply, string? Reason = null)
{
    /// <summary>The size of the checkpoint that it has, where it has another.</summary>
    public long Size { get; init; }

    /// <summary>The signature lines.</summary>
    public ImmutableArray<NoteSignature> Signatures { get; init; } = [];
}
