using System.Buffers.Binary;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>One signature line of a note.</summary>
/// <param name="KeyName">Who says to have signed.</param>
/// <param name="KeyId">Which of that name's keys.</param>
/// <param name="Value">What the algorithm of the key made.</param>
public sealed record NoteSignature(string KeyName, uint KeyId, ReadOnlyMemory<byte> Value)
{
    private const string Start = "\u2014 ";
    private const int IdLength = sizeof(uint);

    /// <summary>Reads one line, without its newline.</summary>
    /// <exception cref="NoteException">It is none.</exception>
    public static NoteSignature Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (!line.StartsWith(Start, StringComparison.Ordinal))
            throw NoteException.Malformed("A signature line must begin with an em dash and a space.");
        var space = line.IndexOf(' ', Start.Length);
        if (space < 0) throw NoteException.Malformed("A signature line must have a key name and a signature.");
        var name = line[Start.Length..space];
        if (!IsName(name)) throw NoteException.Malformed("A signature line's key name is empty or has a space or a plus sign.");
        var bytes = StrictBase64.Read(line[(space + 1)..]);
        if (bytes is null || bytes.Length <= IdLength) throw NoteException.Malformed("A signature is not base64 of a key id and a signature.");
        return new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(IdLength));
    }

    /// <summary>Whether a key may have this name: not empty, no white space, no plus sign.</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && !name.Any(static c => char.IsWhiteSpace(c) || c == '+' || char.IsControl(c));
    }

    /// <summary>The line, with its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[IdLength + Value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Value.Span.CopyTo(bytes.AsSpan(IdLength));
        return $"{Start}{KeyName} {Convert.ToBase64String(bytes)}\n";
    }

    /// <inheritdoc/>
    public bool Equals(NoteSignature? other) =>
        other is not null && KeyId == other.KeyId && string.Equals(KeyName, other.KeyName, StringComparison.Ordinal)
        && Value.Span.SequenceEqual(other.Value.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(KeyId, KeyName, Value.Length);
}
