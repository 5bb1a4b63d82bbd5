using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Ledger.Witnessing;

/// <summary>A witness's folder is held by another witness, or is not one.</summary>
public sealed class WitnessStateException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>
/// What a witness must not lose, in a folder that one process holds: for each log the newest checkpoint it co-signed, as a signed note in a file
/// of its own (its name is the SHA-256 of the origin, as in the address it is served at); its key (<c>witness.key</c>); and in <c>evidence</c> what it refused although the log had signed it.
/// </summary>
public sealed class WitnessState : IDisposable
{
    /// <summary>How many refused requests are kept; what comes beyond is refused all the same.</summary>
    public const int MaxEvidence = 1000;

    /// <summary>How many of these places only a request that proves a fork by itself may take.</summary>
    public const int KeptForProof = 100;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Suffix = ".checkpoint";

    private readonly string _folder;
    private readonly FileStream _lock;

    private WitnessState(string folder, FileStream held, NoteKeyRing keys) => (_folder, _lock, Keys) = (folder, held, keys);

    /// <summary>The witness's keys.</summary>
    public NoteKeyRing Keys { get; }

    /// <summary>Opens a folder for this process alone, and makes it, with a new key, where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The witness's name: of a new one; another is refused if it has this name not. Null: its own, or a new one.</param>
    /// <param name="now">Now.</param>
    /// <exception cref="WitnessStateException">Another process holds it; or there are checkpoints and no key that could have signed them.</exception>
    /// <exception cref="NoteException">The key cannot be used, or has another name.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static WitnessState Open(string folder, string? name, DateTimeOffset now)
    {
        folder = Path.GetFullPath(folder);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly);
        var held = DurableFile.Hold(Path.Combine(folder, "witness.lock"))
            ?? throw new WitnessStateException($"Another witness runs on {folder}; stop it, or choose another folder.");
        try
        {
            return new WitnessState(folder, held, KeysOf(folder, name, now));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The newest co-signed checkpoint of a log; null for a log that was never seen.</summary>
    /// <exception cref="WitnessStateException">What is there was not co-signed by this witness.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (Checkpoint Checkpoint, DateTimeOffset Time)? Newest(string origin)
    {
        var file = PathOf(origin);
        if (!File.Exists(file)) return null;
        try
        {
            var note = SignedNote.Parse(File.ReadAllBytes(file));
            var checkpoint = Checkpoint.Parse(note.Text);
            var key = note.Verify(Keys.Published.Verifiers)[0];
            if (string.Equals(checkpoint.Origin, origin, StringComparison.Ordinal))
                return (checkpoint, key.TimeOf(note.Signatures.First(key.IsNamedIn)) ?? DateTimeOffset.MinValue);
        }
        catch (NoteException e)
        {
            throw new WitnessStateException($"{Untrusted(file)} ({e.Message})", e);
        }

        throw new WitnessStateException(Untrusted(file));
    }

    /// <summary>The newest co-signed checkpoint, as the file has it, of the log whose origin has this SHA-256 (lower-case hexadecimal); null where
    /// there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? ByHash(string originHash)
    {
        ArgumentNullException.ThrowIfNull(originHash);
        var file = Path.Combine(_folder, originHash + Suffix);
        return originHash.Length == 64 && originHash.All(char.IsAsciiHexDigitLower) && File.Exists(file) ? File.ReadAllText(file) : null;
    }

    /// <summary>Keeps a co-signed checkpoint. It is on disk when this returns.</summary>
    /// <exception cref="IOException">It is not, and the one before is.</exception>
    public void Save(string origin, SignedNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        DurableFile.Write(PathOf(origin), note.ToString(), DurableFile.Open);
    }

    /// <summary>Keeps a refused request, once. Null when there are too many already.</summary>
    /// <param name="origin">The log.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="now">When.</param>
    /// <param name="isProof">It proves a fork by itself. There is always room for some of these, whatever strangers send again.</param>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">It could not be kept.</exception>
    public string? KeepEvidence(string origin, WitnessRequest request, DateTimeOffset now, bool isProof)
    {
        ArgumentNullException.ThrowIfNull(request);
        var folder = Path.Combine(_folder, "evidence");
        Directory.CreateDirectory(folder);
        var text = request.ToString();
        var hash = Convert.ToHexStringLower(SHA256.HashData(SignedNote.Encode(request.Note.Text)))[..16];
        if (Directory.EnumerateFiles(folder, $"*.{hash}").FirstOrDefault() is { } kept) return kept;
        var most = isProof ? MaxEvidence : MaxEvidence - KeptForProof;
        if (Directory.EnumerateFiles(folder).Take(most).Count() == most) return null;
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var file = Path.Combine(folder, $"{FileNames.Of(origin)}.{time}.{hash}");
        DurableFile.Write(file, text, DurableFile.Open);
        return file;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        _lock.Dispose();
    }

    private static NoteKeyRing KeysOf(string folder, string? name, DateTimeOffset now)
    {
        var file = Path.Combine(folder, "witness.key");
        if (!File.Exists(file))
        {
            if (Directory.EnumerateFiles(folder, "*" + Suffix).Any())
                throw new WitnessStateException($"The folder {folder} has checkpoints of a witness and not its key; restore {file} from its backup.");
            NoteKeyFile.TryCreate(file, name ?? $"witness-{RandomNumberGenerator.GetHexString(8, lowercase: true)}", NoteKeyType.EcdsaCosignature, now);
        }

        var keys = NoteKeyFile.Read(file, NoteKeyType.EcdsaCosignature);
        if (name is null || string.Equals(keys.Name, name, StringComparison.Ordinal)) return keys;
        keys.Dispose();
        throw NoteException.Malformed($"The witness of {folder} is named {keys.Name}, not {name}; leave the name out, or choose another folder.");
    }

    private static string Untrusted(string file) =>
        $"{file} is not what this witness co-signed for this log. Find out who changed it and restore it; nothing is co-signed for this log until then.";

    private string PathOf(string origin) => Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(SignedNote.Encode(origin))) + Suffix);
}
