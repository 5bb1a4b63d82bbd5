using System.Security.Cryptography;
using System.Text;
using JamEmr.Engine.Storage.Files;

namespace JamEmr.Engine.Storage.Crypto;

/// <summary>The master key is missing, unreadable or not the one the data folder was made with.</summary>
public sealed class MasterKeyException : Exception
{
    /// <summary>Says in one sentence what is wrong and what to do.</summary>
    public MasterKeyException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>Finds the master key: a configured file, else an environment variable, else the file beside the data folder,
/// which is made for a new folder only.</summary>
internal static class MasterKeySource
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where the key of a folder stands when nothing else is configured: beside it, so that a copy of the folder is no use alone.</summary>
    public static string BesideFolder(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".master-key";

    /// <summary>
    /// Reads the key. For a folder that already holds a database a missing key is an error: a new one could never open
    /// it, and would hide that the old one is lost. Call with the folder's lock held.
    /// </summary>
    public static MasterKey Find(EngineStoreOptions options, bool folderHasData)
    {
        if (options.MasterKeyFile is { } configured)
        {
            return File.Exists(configured)
                ? Read(configured)
                : throw new MasterKeyException($"The configured master key file {configured} does not exist; put the key there or correct the setting.");
        }

        var variable = options.MasterKeyVariable;
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text)
            return Parse(text, $"The environment variable {variable}");

        var beside = BesideFolder(options.DataFolder);
        if (File.Exists(beside)) return Read(beside);
        if (folderHasData)
        {
            throw new MasterKeyException(
                $"The data folder {options.DataFolder} is encrypted and its master key is missing; restore {beside} from its backup, or set {variable} or a master key file.");
        }

        return Make(beside);
    }

    private static MasterKey Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), $"The master key file {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"The master key file {path} cannot be read: {e.Message}", e);
        }
    }

    private static MasterKey Parse(string text, string where)
    {
        Span<byte> bytes = stackalloc byte[MasterKey.Size + 1];
        if (!Convert.TryFromBase64String(text.Trim(), bytes, out var length) || length != MasterKey.Size)
            throw new MasterKeyException($"{where} does not hold a master key; it must be 32 bytes in base64.");
        var key = new MasterKey(bytes[..length]);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    private static MasterKey Make(string path)
    {
        var bytes = RandomNumberGenerator.GetBytes(MasterKey.Size);
        var draft = path + ".new";
        try
        {
            // Written whole under another name first: a key file that exists is complete, whatever happens meanwhile.
            File.Delete(draft);
            var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(draft, how))
            {
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: false);
            Posix.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException(
                $"A master key for the new data folder cannot be made at {path} ({e.Message}); make that place writable or configure a key.", e);
        }

        var key = new MasterKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}
