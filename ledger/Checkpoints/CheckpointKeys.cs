namespace JamEmr.Ledger.Checkpoints;

/// <summary>The keys of a publisher: its key file, read again when it changes, so that a rotation needs no restart.</summary>
internal sealed class CheckpointKeys(string keyFile, TimeProvider time) : IDisposable
{
    private (DateTime Written, long Length) _read;

    /// <summary>The keys as last read.</summary>
    public NoteKeyRing? Ring { get; private set; }

    /// <summary>The keys now.</summary>
    /// <param name="mayCreate">Whether nothing was ever signed, so that a key may be made. Otherwise a missing file is an error: with a new key
    /// the same log would begin again under another name, and that the old key is lost would be hidden.</param>
    public NoteKeyRing Read(bool mayCreate)
    {
        var file = new FileInfo(keyFile);
        if (!file.Exists && !mayCreate)
        {
            throw NoteException.Malformed($"This ledger's checkpoints were signed with keys that are missing: restore {keyFile} from its backup, or set the right key file.");
        }

        if (Ring is not null && _read == (file.LastWriteTimeUtc, file.Length)) return Ring;
        if (!file.Exists) NoteKeyFile.TryCreate(keyFile, Checkpoint.NewKeyName(), NoteKeyType.Ecdsa, time.GetUtcNow());
        var ring = NoteKeyFile.Read(keyFile, NoteKeyType.Ecdsa);
        if (Ring is { } before && !string.Equals(before.Name, ring.Name, StringComparison.Ordinal))
        {
            ring.Dispose();
            throw NoteException.Malformed($"The key file {keyFile} was replaced by that of other data; put the right one back.");
        }

        Ring?.Dispose();
        file.Refresh();
        (Ring, _read) = (ring, (file.LastWriteTimeUtc, file.Length));
        return ring;
    }

    /// <inheritdoc/>
    public void Dispose() => Ring?.Dispose();
}
