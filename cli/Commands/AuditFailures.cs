using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary>What can go wrong with the audit log, told in a line.</summary>
internal static class AuditFailures
{
    /// <summary>Runs a command.</summary>
    /// <returns>Its exit code, or <see cref="ExitCodes.Failed"/> with a line on <paramref name="error"/>.</returns>
    public static async Task<int> ToldAsync(TextWriter error, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception e) when (e is LedgerUnavailableException or LegalHoldException or ExportException or ArchiveException or NoteException)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }
}
