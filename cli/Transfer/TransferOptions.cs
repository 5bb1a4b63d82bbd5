using System.CommandLine;
using JamEmr.Engine;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Cli.Transfer;

/// <summary>What backup, restore and move have in common on the command line.</summary>
internal static class TransferOptions
{
    public static Option<string?> MasterKeyFile() => new("--master-key-file")
    {
        Description = $"The service's master key file, where it is neither the one beside the data folder nor in {EngineStoreOptions.DefaultMasterKeyVariable}.",
        HelpName = "file",
    };

    /// <summary>The master key of a data folder; null, and a warning, where it is not at hand and none was named.</summary>
    /// <exception cref="MasterKeyException">The one named cannot be used.</exception>
    public static async Task<MasterKey?> FindKeyAsync(string data, string? file, TextWriter error)
    {
        if (file is not null || EngineContents.HasKey(data)) return EngineContents.FindKey(data, file);
        await error.WriteLineAsync("WARNING: the master key is not at hand, so the sealed states are not opened to check them; name it with --master-key-file.");
        return null;
    }

    /// <summary>Runs a command; what an operator can mend is told in a line.</summary>
    public static async Task<int> ToldAsync(TextWriter error, Func<Task<int>> command)
    {
        try
        {
            return await Commands.AuditFailures.ToldAsync(error, command);
        }
        catch (Exception e) when (e is TransferException or MasterKeyException or StorageUnavailableException or DamagedRowException)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }
}
