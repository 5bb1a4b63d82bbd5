using System.Globalization;
using System.Security.Cryptography;
using JamEmr.Audit;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Cli.Transfer;

/// <summary>
/// Copies the data folder of an embedded service that may be running, as it is at one moment. Appends to the audit ledger wait while the moment
/// is taken, for as long as two short reads take: so the ledger of the backup has every record that the grains of the backup no longer
/// hold for it, and none of what they have not done yet.
/// </summary>
internal sealed class Backup(string data, MasterKey? key, TextWriter output, TextWriter error, TimeProvider time)
{
    /// <summary>The name of the manifest, which says that a backup is whole.</summary>
    public const string ManifestFile = "backup.json";

    /// <summary>Makes a backup and checks it. Nothing is left when it fails; a draft is when it is killed.</summary>
    /// <param name="folder">Where; new or empty.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="TransferException">It cannot be made, or what was copied is not sound.</exception>
    public async Task<BackupManifest> RunAsync(string folder, CancellationToken ct)
    {
        PracticeFiles.EnsureFree(folder);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        BackupManifest? manifest = null;
        using var snapshot = await TakeAsync(id, ct);
        await PracticeFiles.MakeAsync(folder, error, async draft =>
        {
            await CopyAsync(snapshot, draft, ct);
            manifest = await CheckAsync(draft, id, snapshot.At, ct);
            if (!DurableFile.TryCreate(Path.Combine(draft, ManifestFile), manifest.ToText(), DurableFile.Secret)) throw new IOException($"{draft} is not ours alone.");
        });
        return manifest!;
    }

    private async Task<Moment> TakeAsync(Guid id, CancellationToken ct)
    {
        // On the log first, as every copy that leaves the service is; the backup holds its own record.
        await using (var audit = await AuditFolder.OpenAsync(data, GrainKeys.System, time, ct))
            await audit.RecordAsync(GrainKeys.System, AuditEvents.ServiceBackedUp, "service", ct, detail: [("backup", id.ToString("D"))]);
        return Moment.Take(data, time);
    }

    private async Task CopyAsync(Moment snapshot, string draft, CancellationToken ct)
    {
        var progress = new ProgressLine(error, "KiB copied", time);
        foreach (var (name, database) in new[] { (PracticeFiles.Engine, snapshot.Engine), (PracticeFiles.Ledger, snapshot.Ledger) })
        {
            var path = Path.Combine(draft, name);
            await PracticeFiles.Create(path).DisposeAsync();
            database.CopyTo(path, progress, ct);
        }

        var idFile = Path.Combine(data, PracticeFiles.LedgerId);
        if (!File.Exists(idFile)) throw new TransferException($"{idFile} is missing: start the service once, which writes it.");
        if (!DurableFile.TryCreate(Path.Combine(draft, PracticeFiles.LedgerId), await File.ReadAllTextAsync(idFile, ct), DurableFile.Secret)) throw new IOException($"{draft} is not ours alone.");
    }

    private async Task<BackupManifest> CheckAsync(string draft, Guid id, DateTimeOffset moment, CancellationToken ct)
    {
        var (states, logs) = await CheckAsync(draft, key, output, error, time, ct);
        var files = new List<BackupFile>();
        foreach (var name in PracticeFiles.All) files.Add(await DescribeAsync(draft, name, ct));
        return new BackupManifest { Format = BackupManifest.CurrentFormat, Id = id, Moment = moment, States = states, Logs = logs, Files = files };
    }

    /// <summary>Checks a copy that nobody else has open: its pages, every record of its ledger and, where the key is at hand, every state.</summary>
    internal static async Task<(long? States, IReadOnlyList<BackupLog> Logs)> CheckAsync(
        string folder, MasterKey? key, TextWriter output, TextWriter error, TimeProvider time, CancellationToken ct)
    {
        foreach (var name in new[] { PracticeFiles.Engine, PracticeFiles.Ledger })
        {
            ct.ThrowIfCancellationRequested();
            SqliteSnapshot.RequireWhole(Path.Combine(folder, name));
        }

        var states = key is null ? (long?)null : PracticeCheck.OpenAll(folder, key, new ProgressLine(error, "states opened", time), ct);
        var logs = await PracticeCheck.RecomputeAsync(folder, output, ct);
        RemoveEmptyLogs(folder);
        return (states, logs);
    }

    /// <summary>Describes a file as it lies.</summary>
    internal static async Task<BackupFile> DescribeAsync(string folder, string name, CancellationToken ct)
    {
        await using var file = File.OpenRead(Path.Combine(folder, name));
        var hash = await SHA256.HashDataAsync(file, ct);
        return new BackupFile(name, file.Length, Convert.ToHexStringLower(hash));
    }

    // What reading leaves beside a database in write-ahead mode. The database is whole without it, or this is not our copy.
    private static void RemoveEmptyLogs(string folder)
    {
        foreach (var name in new[] { PracticeFiles.Engine, PracticeFiles.Ledger })
        {
            var log = new FileInfo(Path.Combine(folder, name + "-wal"));
            if (log is { Exists: true, Length: > 0 }) throw new TransferException(string.Create(CultureInfo.InvariantCulture, $"{log.FullName} was written by another process; leave the folder alone and try again."));
            log.Delete();
            File.Delete(Path.Combine(folder, name + "-shm"));
        }
    }

    /// <summary>Both databases as they were at one moment.</summary>
    private sealed class Moment(SqliteSnapshot engine, SqliteSnapshot ledger, DateTimeOffset at) : IDisposable
    {
        public SqliteSnapshot Engine => engine;

        public SqliteSnapshot Ledger => ledger;

        public DateTimeOffset At => at;

        public static Moment Take(string data, TimeProvider time)
        {
            SqliteSnapshot? engine = null, ledger = null;
            try
            {
                engine = SqliteSnapshot.Open(Path.Combine(data, PracticeFiles.Engine));
                ledger = SqliteSnapshot.Open(Path.Combine(data, PracticeFiles.Ledger));
                using var appends = SqliteSnapshot.Open(Path.Combine(data, PracticeFiles.Ledger));
                appends.Hold();
                engine.Take();
                ledger.Take();
                var moment = new Moment(engine, ledger, time.GetUtcNow());
                appends.Release();
                return moment;
            }
            catch
            {
                engine?.Dispose();
                ledger?.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            engine.Dispose();
            ledger.Dispose();
        }
    }
}
