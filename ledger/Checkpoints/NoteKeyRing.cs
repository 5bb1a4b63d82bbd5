using System.Collections.Immutable;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>The private keys of one name, with what became of older ones. Read from a <see cref="NoteKeyFile"/>.</summary>
public sealed class NoteKeyRing : IDisposable
{
    private readonly ImmutableArray<(PublishedKey Key, NoteSigner? Signer)> _keys;

    internal NoteKeyRing(IEnumerable<(PublishedKey Key, NoteSigner? Signer)> keys, IEnumerable<string>? predecessors = null)
    {
        Predecessors = [.. predecessors ?? []];
        _keys = [.. keys];
        Published = new PublishedKeys([.. _keys.Select(key => key.Key)]);
        Name = _keys[0].Key.Key.Name;
    }

    /// <summary>The name of all the keys.</summary>
    public string Name { get; }

    /// <summary>Names that this one came after when newer records than those at hand were lost for good: what was signed under them is not
    /// continued.</summary>
    public ImmutableArray<string> Predecessors { get; }

    /// <summary>The public halves, oldest first.</summary>
    public PublishedKeys Published { get; }

    /// <summary>The keys to sign with at a time: one, or two while a rotation goes on. Oldest first.</summary>
    /// <exception cref="NoteException">None signs at this time: <see cref="NoteFault.NoSigner"/>.</exception>
    public IReadOnlyList<NoteSigner> SignersAt(DateTimeOffset time)
    {
        NoteSigner[] signers = [.. _keys.Where(key => key.Key.SignsAt(time)).Select(key => key.Signer).OfType<NoteSigner>()];
        return signers.Length > 0
            ? signers
            : throw new NoteException(NoteFault.NoSigner, "No key in the key file signs at this time; check the clock, or add a key with: jamemr keys rotate.");
    }

    /// <summary>The ring with a new key that signs from now on, beside the present one until the overlap ends. Private halves of keys that no
    /// longer sign are left out.</summary>
    internal NoteKeyRing Rotate(DateTimeOffset now, TimeSpan overlap, NoteKeyType type)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(overlap, TimeSpan.Zero);
        // To the second, as it is written: a key must not be found to have ended in the middle of the second it was written in.
        now = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var older = _keys.Select(key => key.Key.Until is null ? (Key: key.Key with { Until = now + overlap }, key.Signer) : key)
            .Select(key => (key.Key, Signer: key.Key.Until <= now ? null : key.Signer));
        var added = NoteSigner.Create(Name, type);
        return new NoteKeyRing([.. older, (new PublishedKey(added.Verifier, now, Until: null), added)], Predecessors);
    }

    /// <summary>The file's text.</summary>
    internal string ToText() => string.Concat(Predecessors.Select(name => $"{NoteKeyFile.AfterLine}{name}\n")) + string.Concat(_keys.Select(key => $"key {key.Key}\n{(key.Signer is { } signer ? signer.ToPem() + "\n" : "")}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, signer) in _keys) signer?.Dispose();
    }
}
