using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Audit;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Cli.Transfer;

/// <summary>Makes a data folder of a backup, after the same checks that the backup passed when it was made.</summary>
internal sealed class Restore(string backup, MasterKey? key, TextWriter output, TextWriter error, TimeProvider time)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Restores. Nothing is left when it fails (a draft is when it is killed), and nothing that exists is changed.</summary>
    /// <param name="data">The data folder to make; new or empty.</param>
    /// <param name="published">The checkpoints beside it, which are never restored: they show what the backup lacks.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What was restored, and whether the restore is on the log: not where records are missing that were signed, for a log that has
    /// others in their place would look as if it had been rewritten.</returns>
    /// <exception cref="TransferException">The backup is not whole or not sound, or there is something already.</exception>
    public async Task<(BackupManifest Manifest, bool IsOnTheLog)> RunAsync(string data, PublishedCheckpoints published, CancellationToken ct)
    {
        PracticeFiles.EnsureFree(data);
        var (manifest, isComplete) = (ReadManifest(), false);
        await PracticeFiles.MakeAsync(data, error, async draft =>
        {
            var progress = new ProgressLine(error, "KiB copied", time);
            var copied = 0L;
            foreach (var file in manifest.Files)
            {
                await CopyAsync(file, draft, bytes => progress.Report((copied += bytes) / 1024), ct);
            }

            var (states, logs) = await Backup.CheckAsync(draft, key, output, error, time, ct);
            if (!logs.SequenceEqual(manifest.Logs) || (states is not null && manifest.States is not null && states != manifest.States))
                throw new TransferException($"{backup} is sound but is not what its {Backup.ManifestFile} says; it was put together from several. Use another backup.");
            isComplete = await IsCompleteAsync(draft, published, ct);
            if (!isComplete) return;
            await using var audit = await AuditFolder.OpenAsync(draft, GrainKeys.System, time, ct);
            await audit.RecordAsync(GrainKeys.System, AuditEvents.ServiceRestored, "service", ct, detail:
            [
                ("backup", manifest.Id.ToString("D")), ("moment", manifest.Moment.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
            ]);
        });
        return (manifest, isComplete);
    }

    private BackupManifest ReadManifest()
    {
        var path = Path.Combine(backup, Backup.ManifestFile);
        if (!File.Exists(path)) throw new TransferException($"{backup} is no backup, or one that was never finished: it has no {Backup.ManifestFile}. Use another one.");
        if (new FileInfo(path).Length > BackupManifest.MaxBytes) throw new TransferException($"{path} is too long for what it should be.");
        try
        {
            var manifest = BackupManifest.Parse(File.ReadAllText(path));
            return manifest.Files.Select(file => file.Name).SequenceEqual(PracticeFiles.All, StringComparer.Ordinal)
                ? manifest
                : throw new FormatException("it lists other files than a backup has");
        }
        catch (FormatException e)
        {
            throw new TransferException($"{path} cannot be used: {e.Message}.", e);
        }
    }

    // Hashed on its way: what is in the data folder is what was hashed.
    private async Task CopyAsync(BackupFile file, string draft, Action<int> copied, CancellationToken ct)
    {
        var path = Path.Combine(backup, file.Name);
        if (!File.Exists(path)) throw new TransferException($"{path} is missing: the backup is not whole. Use another one.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using var to = PracticeFiles.Create(Path.Combine(draft, file.Name));
        var buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, ct) is > 0 and var bytes)
        {
            if (to.Length + bytes > file.Bytes) break;
            hash.AppendData(buffer, 0, bytes);
            await to.WriteAsync(buffer.AsMemory(0, bytes), ct);
            copied(bytes);
        }

        to.Flush(flushToDisk: true);
        if (from.Position != file.Bytes || !string.Equals(Convert.ToHexStringLower(hash.GetHashAndReset()), file.Sha256, StringComparison.Ordinal))
            throw new TransferException($"{path} is not what was backed up: it was cut, changed or damaged. Use another backup.");
    }

    // What was signed after the backup was made cannot come back from it, and the service will not serve without it.
    private async Task<bool> IsCompleteAsync(string draft, PublishedCheckpoints published, CancellationToken ct)
    {
        if (published.Keys()?.Verifiers is not { } keys)
        {
            await error.WriteLineAsync($"WARNING: there are no published checkpoints in {published.Folder} to compare the log with: nothing shows that this backup is the newest.");
            return true;
        }

        await using var store = await SqliteLedgerStore.OpenAsync(Path.Combine(draft, PracticeFiles.LedgerFolder), new SqliteLedgerOptions { ReadOnly = true }, ct);
        var complete = true;
        foreach (var log in published.Logs())
        {
            foreach (var newest in published.NewestOf(log))
            {
                if (await WrongAsync(store, log, newest, keys, ct) is not { } wrong) continue;
                complete = false;
                await error.WriteLineAsync($"WARNING: {log}: {wrong} The service will refuse to serve until a newer backup is restored;"
                    + " where there is none for good, see docs/runbooks/ledger-alarm.md (jamemr keys begin-again). Leave the checkpoints as they are.");
            }
        }

        return complete;
    }

    private static async Task<string?> WrongAsync(
        SqliteLedgerStore store, string log, Witnessed newest, IReadOnlyCollection<NoteVerifier> keys, CancellationToken ct)
    {
        var head = await store.HeadAsync(log, ct);
        if (head.Size < CheckpointAudit.SizeOf(newest))
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"the backup has {head.Size} records, and {CheckpointAudit.SizeOf(newest)} were signed: the newer ones are not in it.");
        }

        return (await CheckpointAudit.CompareAsync(store, log, head, newest, keys, ct)).Wrong?.Message;
    }
}
