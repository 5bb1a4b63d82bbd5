using System.Security.Cryptography;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>The secrets of a cluster, made for one run, as files that only their owner reads.</summary>
public sealed class ClusterKeys
{
    private ClusterKeys(string folder) => Folder = folder;

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>The key that seals what is stored.</summary>
    public string MasterKeyFile => Path.Combine(Folder, "master.key");

    /// <summary>How PostgreSQL is reached.</summary>
    public string ConnectionStringFile => Path.Combine(Folder, "postgres");

    /// <summary>The keys that sign checkpoints, the same for all silos; the first silo makes the file.</summary>
    public string CheckpointKeyFile => Path.Combine(Folder, "checkpoint.keys");

    /// <summary>Makes them in a folder of their own.</summary>
    public static async Task<ClusterKeys> CreateAsync(string folder, string connection, CancellationToken ct)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var keys = new ClusterKeys(folder);
        await File.WriteAllTextAsync(keys.MasterKeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), ct);
        await File.WriteAllTextAsync(keys.ConnectionStringFile, connection, ct);
        foreach (var file in Directory.GetFiles(folder)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return keys;
    }
}
