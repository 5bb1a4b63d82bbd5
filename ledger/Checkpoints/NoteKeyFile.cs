using System.Security.Cryptography;

namespace JamEmr.Ledger.Checkpoints;

/// <summary>
/// A file with private keys of one name, for its owner only (mode 0600), which stands beside the data and not in it. For each key it has a line
/// <c>key</c> with what is published of it and, as long as the key signs, its PEM block (PKCS #8). Lines that begin with <c>#</c> are for people.
/// </summary>
public static class NoteKeyFile
{
    /// <summary>The longest file taken, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>How long the old key signs beside the new one when nothing else is asked for: 30 days.</summary>
    public static readonly TimeSpan DefaultOverlap = TimeSpan.FromDays(30);

    internal const string AfterLine = "after ";

    private const string KeyLine = "key ";
    private const string Heading =
        "# Private keys that sign checkpoints. Keep them secret, and keep a copy apart from the data.\n"
        + "# What follows \"key\" is public: \"jamemr keys show\" prints it, \"jamemr keys rotate\" adds a key.\n";

    /// <summary>Where the key file of a data folder stands when nothing else is configured: beside it, so that a copy of the folder signs nothing.</summary>
    public static string BesideFolder(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".checkpoint-keys";

    /// <summary>Reads a key file.</summary>
    /// <exception cref="NoteException">It holds no keys of this type, or others may read it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NoteKeyRing Read(string path, NoteKeyType type)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0)
            throw NoteException.Malformed($"The key file {path} can be read or written by others; make it yours alone: chmod 600 {path}");
        if (new FileInfo(path).Length > MaxBytes) throw NoteException.Malformed($"The key file {path} is longer than {MaxBytes} bytes.");
        try
        {
            return Parse(File.ReadAllText(path), type);
        }
        catch (NoteException e)
        {
            throw NoteException.Malformed($"The key file {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Makes a key file with a new key, unless there is a file. False when there is: another process may have been faster, and its file
    /// counts.</summary>
    /// <exception cref="NoteException">A key cannot have this name.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static bool TryCreate(string path, string name, NoteKeyType type, DateTimeOffset now)
    {
        var added = NoteSigner.Create(name, type);
        using var ring = new NoteKeyRing([(new PublishedKey(added.Verifier, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()), Until: null), added)]);
        return DurableFile.TryCreate(path, Heading + ring.ToText(), DurableFile.Secret);
    }

    /// <summary>Adds a key that signs from now on; the present one signs beside it until the overlap ends.</summary>
    /// <returns>What is to be published now.</returns>
    /// <exception cref="NoteException">The file holds no keys of this type.</exception>
    /// <exception cref="IOException">It cannot be read or written; it is as it was.</exception>
    public static PublishedKeys Rotate(string path, NoteKeyType type, TimeSpan overlap, DateTimeOffset now)
    {
        using var present = Read(path, type);
        var rotated = present.Rotate(now, overlap, type);
        DurableFile.Write(path, Heading + rotated.ToText(), DurableFile.Secret);
        return rotated.Published;
    }

    /// <summary>
    /// Begins again under another name, for a ledger that lost records which were signed: the only way to sign what is left of it. It cannot be
    /// done unseen, since witnesses and auditors know the name before, which stays in the file. The file before is kept beside the new one.
    /// </summary>
    /// <param name="path">The key file.</param>
    /// <param name="name">The new name.</param>
    /// <param name="type">What the keys are for.</param>
    /// <param name="now">Now.</param>
    /// <returns>What is to be published, and where the file before is.</returns>
    /// <exception cref="NoteException">The file holds no keys of this type.</exception>
    /// <exception cref="IOException">It cannot be read or written; it is as it was.</exception>
    public static (PublishedKeys Published, string Before) BeginAgain(string path, string name, NoteKeyType type, DateTimeOffset now)
    {
        using var present = Read(path, type);
        var before = $"{path}.{present.Name}";
        if (!DurableFile.TryCreate(before, File.ReadAllText(path), DurableFile.Secret)) throw new IOException($"{before} exists already.");
        var added = NoteSigner.Create(name, type);
        var key = new PublishedKey(added.Verifier, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()), Until: null);
        using var ring = new NoteKeyRing([(key, added)], [.. present.Predecessors, present.Name]);
        DurableFile.Write(path, Heading + ring.ToText(), DurableFile.Secret);
        return (ring.Published, before);
    }

    private static NoteKeyRing Parse(string text, NoteKeyType type)
    {
        var keys = new List<(PublishedKey Key, NoteSigner? Signer)>();
        try
        {
            // What stands before the first key is for people; in every part, the line is the public half and the rest the private one.
            var parts = ("\n" + text).ReplaceLineEndings("\n").Split("\n" + KeyLine);
            var predecessors = parts[0].Split('\n').Where(line => line.StartsWith(AfterLine, StringComparison.Ordinal)).Select(line => line[AfterLine.Length..].Trim());
            foreach (var part in parts.Skip(1))
            {
                var lineEnd = part.IndexOf('\n', StringComparison.Ordinal);
                var key = PublishedKey.Parse(lineEnd < 0 ? part : part[..lineEnd]);
                keys.Add((key, null));
                if (PemEncoding.TryFind(part, out _)) keys[^1] = (key, NoteSigner.FromPem(key.Key.Name, type, part));
                if (key.Key.Type != type || keys[^1].Signer is { } signer && !signer.Verifier.Equals(key.Key))
                    throw NoteException.Malformed("a private key is not that of the public key above it, or is for another purpose.");
            }

            if (keys.Count == 0) throw NoteException.Malformed("there is no key in it.");
            if (keys.Exists(key => !string.Equals(key.Key.Key.Name, keys[0].Key.Key.Name, StringComparison.Ordinal)))
                throw NoteException.Malformed("its keys have more than one name.");
            return new NoteKeyRing(keys, predecessors);
        }
        catch
        {
            foreach (var (_, signer) in keys) signer?.Dispose();
            throw;
        }
    }
}
