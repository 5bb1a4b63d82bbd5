using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Witnessing;

/// <summary>What a log sends to a witness: the body of <c>add-checkpoint</c> (C2SP tlog-witness).</summary>
/// <param name="OldSize">The size of the checkpoint that the witness is thought to have; 0 for none.</param>
/// <param name="Proof">The consistency proof from there to the checkpoint.</param>
/// <param name="Note">The signed checkpoint.</param>
public sealed record WitnessRequest(long OldSize, ImmutableArray<Digest> Proof, SignedNote Note)
{
    /// <summary>The most hashes in a proof.</summary>
    public const int MaxProof = 63;

    /// <summary>The longest request taken, in bytes.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + 4096;

    private const string OldStart = "old ";

    /// <summary>Reads a request.</summary>
    /// <exception cref="NoteException">It is none: <see cref="NoteFault.Malformed"/>.</exception>
    public static WitnessRequest Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes) throw NoteException.Malformed($"A request has at most {MaxBytes} bytes.");
        var end = body.IndexOf("\n\n"u8);
        if (end < 0) throw NoteException.Malformed("A request must have an empty line before the checkpoint.");
        // Bytes that are not ASCII become question marks, which neither a number nor base64 has.
        var lines = Encoding.ASCII.GetString(body[..end]).Split('\n');
        if (!lines[0].StartsWith(OldStart, StringComparison.Ordinal) || Checkpoint.ParseSize(lines[0][OldStart.Length..]) is not { } oldSize)
            throw NoteException.Malformed("A request's first line must be \"old\", a space and a size in decimal.");
        if (lines.Length - 1 > MaxProof) throw NoteException.Malformed($"A proof has at most {MaxProof} hashes.");
        return new WitnessRequest(oldSize, [.. lines.Skip(1).Select(HashOf)], SignedNote.Parse(body[(end + 2)..]));
    }

    /// <summary>The request as it is sent.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{OldStart}{OldSize}\n{string.Concat(Proof.Select(hash => Convert.ToBase64String(hash.Span) + "\n"))}\n{Note}");

    private static Digest HashOf(string line) => StrictBase64.Read(line) is { Length: Digest.Length } hash
        ? new Digest(hash)
        : throw NoteException.Malformed("A proof's lines must be SHA-256 values in base64.");
}
