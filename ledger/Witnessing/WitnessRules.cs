using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Witnessing;

/// <summary>
/// The rules of a witness (C2SP tlog-witness, add-checkpoint): of every log that it knows a key of it keeps the newest checkpoint, takes a newer
/// one only with a proof that the log merely grew, and co-signs what it took. What it co-signed is on disk before anyone sees the co-signature.
/// </summary>
/// <param name="state">What it keeps.</param>
/// <param name="logKeys">Keys of logs. A key speaks for the origin that is its name and for those below it: NAME and NAME/...</param>
/// <param name="time">Now.</param>
public sealed class WitnessRules(WitnessState state, IEnumerable<NoteVerifier> logKeys, TimeProvider time)
{
    // A smaller tree may simply have been on its way for a while, or come from the slower of two senders. After this time it was not.
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(1);

    private readonly ImmutableArray<NoteVerifier> _logKeys = [.. logKeys];

    // Checking against what is kept and keeping the next must be one step, or a slow answer would roll back a quick one. Checkpoints are few.
    private readonly Lock _gate = new();

    /// <summary>The name and the public key that logs are to be configured with.</summary>
    public NoteVerifier Key => state.Keys.Published.Keys[^1].Key;

    /// <summary>Decides on a request.</summary>
    /// <exception cref="WitnessStateException">What it kept before cannot be trusted, so there is no decision.</exception>
    /// <exception cref="IOException">What it decided could not be kept, so there is no decision.</exception>
    public WitnessDecision Add(ReadOnlySpan<byte> body)
    {
        try
        {
            var request = WitnessRequest.Parse(body);
            var checkpoint = Checkpoint.Parse(request.Note.Text);
            if (Admit(request, checkpoint) is { } refused) return refused;
            lock (_gate) return Decide(request, checkpoint) with { Origin = checkpoint.Origin };
        }
        catch (NoteException e)
        {
            return new WitnessDecision(WitnessVerdict.Malformed, e.Message);
        }
    }

    private WitnessDecision? Admit(WitnessRequest request, Checkpoint checkpoint)
    {
        NoteVerifier[] keys = [.. _logKeys.Where(key => Checkpoint.SpeaksFor(key, checkpoint.Origin))];
        if (keys.Length == 0) return new WitnessDecision(WitnessVerdict.UnknownLog, "This log is not known here: none of the keys configured speaks for its origin.");
        try
        {
            request.Note.Verify(keys);
        }
        catch (NoteException e)
        {
            return new WitnessDecision(WitnessVerdict.NotSigned, e.Message);
        }

        return request.OldSize <= checkpoint.Size
            ? null
            : new WitnessDecision(WitnessVerdict.Malformed, "The old size is larger than the checkpoint's.");
    }

    private WitnessDecision Decide(WitnessRequest request, Checkpoint checkpoint)
    {
        var kept = state.Newest(checkpoint.Origin);
        var have = kept?.Checkpoint.Size ?? 0;
        if (request.OldSize != have)
        {
            var message = Text($"The newest checkpoint co-signed here has {have} records, not {request.OldSize}.");
            if (checkpoint.Size >= have) return new WitnessDecision(WitnessVerdict.Conflict, message, WitnessConcern.None) { HaveSize = have };
            var late = time.GetUtcNow() - kept!.Value.Time < Delay;
            return late
                ? new WitnessDecision(WitnessVerdict.Conflict, message, WitnessConcern.Notice) { HaveSize = have }
                : Misbehaved(request, checkpoint, WitnessVerdict.Conflict, Text($"The log went back: it now says it has {checkpoint.Size} records, and {have} were co-signed.")) with { HaveSize = have };
        }

        if (have > 0 && checkpoint.Size == have && checkpoint.Root != kept!.Value.Checkpoint.Root)
            return Misbehaved(request, checkpoint, WitnessVerdict.NotProven, Text($"The log forked: its {have} records are not those that were co-signed."), isProof: true);
        if (!IsProven(request, checkpoint, kept?.Checkpoint))
            return Misbehaved(request, checkpoint, WitnessVerdict.NotProven, Text($"The proof does not show that the log of {checkpoint.Size} records begins with the {have} that were co-signed."));
        return Cosign(request, checkpoint);
    }

    private static bool IsProven(WitnessRequest request, Checkpoint checkpoint, Checkpoint? kept)
    {
        if (checkpoint.Size == 0 && checkpoint.Root != MerkleTree.EmptyRoot) return false;
        if (request.OldSize == 0) return request.Proof.Length == 0;
        return Proofs.VerifyConsistency(
            request.OldSize, checkpoint.Size, kept!.Root.Span, checkpoint.Root.Span, [.. request.Proof.Select(hash => hash.ToArray())]);
    }

    private WitnessDecision Cosign(WitnessRequest request, Checkpoint checkpoint)
    {
        var now = time.GetUtcNow();
        ImmutableArray<NoteSignature> signatures = [.. state.Keys.SignersAt(now).Select(signer => signer.Sign(request.Note.Text, now))];
        // Signatures of strangers are not handed on under this witness's.
        state.Save(checkpoint.Origin, request.Note.Only(_logKeys).With(signatures));
        return new WitnessDecision(WitnessVerdict.Cosigned, Text($"Co-signed at {checkpoint.Size} records."), WitnessConcern.None) { Signatures = signatures };
    }

    private WitnessDecision Misbehaved(WitnessRequest request, Checkpoint checkpoint, WitnessVerdict verdict, string message, bool isProof = false)
    {
        // A bad proof alone may be the sender's mistake; with it kept, whoever has the log's records can tell.
        var file = state.KeepEvidence(checkpoint.Origin, request, time.GetUtcNow(), isProof);
        var where = file is null ? "There is no room for more evidence." : $"The request is kept as evidence: {Path.GetFileName(file)}.";
        return new WitnessDecision(verdict, $"{message} {where}", WitnessConcern.Misbehaviour);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
