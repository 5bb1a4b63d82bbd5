using System.Security.Cryptography;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Engine.Clustering.Storage;

/// <summary>A silo has no master key, or not the one that its database was sealed with.</summary>
public sealed class MasterKeyMismatchException(string message) : Exception(message);

/// <summary>Finds the master key of a silo: a configured file, else the environment.</summary>
internal static class ClusterMasterKey
{
    /// <summary>Reads the key; throws <see cref="MasterKeyMismatchException"/> where there is none.</summary>
    public static MasterKey Find(OrleansEngineOptions options)
    {
        if (options.MasterKeyFile is { } file) return Parse(File.ReadAllText(file), $"The master key file {file}");
        const string variable = OrleansEngineOptions.MasterKeyVariable;
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? Parse(text, $"The environment variable {variable}")
            : throw new MasterKeyMismatchException($"This silo has no master key; set {nameof(options.MasterKeyFile)} or {variable}, the same on every silo.");
    }

    private static MasterKey Parse(string text, string where)
    {
        Span<byte> bytes = stackalloc byte[MasterKey.Size + 1];
        if (!Convert.TryFromBase64String(text.Trim(), bytes, out var length) || length != MasterKey.Size)
            throw new MasterKeyMismatchException($"{where} does not hold a master key; it must be 32 bytes in base64.");
        var key = new MasterKey(bytes[..length]);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}
