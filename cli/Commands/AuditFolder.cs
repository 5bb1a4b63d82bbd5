using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Cli.Commands;

/// <summary>The audit log of a data folder, for whoever has the service's own account on its machine. What is done is on the log first.</summary>
internal sealed class AuditFolder : IAsyncDisposable
{
    private readonly string _data;
    private readonly TimeProvider _time;

    private AuditFolder(string data, SqliteLedgerStore store, TimeProvider time) => (_data, Store, _time) = (data, store, time);

    /// <summary>The ledger.</summary>
    public SqliteLedgerStore Store { get; }

    /// <summary>Opens the ledger of a data folder; the service may be running.</summary>
    /// <exception cref="LedgerUnavailableException">There is none, or it cannot be written, or the folder was moved into a cluster, whose log goes on
    /// from it: another record or signature here would contradict that one.</exception>
    public static async Task<AuditFolder> OpenAsync(string data, string log, TimeProvider time, CancellationToken ct)
    {
        var folder = LedgerOf(data);
        RequireNotMoved(folder);
        // Opening for writing makes a ledger where there is none.
        await using (var existing = await SqliteLedgerStore.OpenAsync(folder, new SqliteLedgerOptions { ReadOnly = true }, ct))
        {
            if (!(await existing.LogsAsync(ct)).Contains(log, StringComparer.Ordinal))
                throw new LedgerUnavailableException($"There is no log of practice {log}.");
        }

        return new AuditFolder(data, await SqliteLedgerStore.OpenAsync(folder, ct: ct), time);
    }

    /// <summary>The folder of the ledger in a data folder, or the folder itself.</summary>
    public static string LedgerOf(string data)
    {
        var below = Path.Combine(data, "ledger");
        return Directory.Exists(below) ? below : data;
    }

    /// <summary>Puts on a log what is about to be done. Nothing may be done before this returns.</summary>
    /// <exception cref="LedgerUnavailableException">It cannot be put there, or the folder was moved into a cluster meanwhile.</exception>
    public async Task RecordAsync(
        string log, AuditEvent what, string entity, CancellationToken ct, string? contentHash = null, string? refused = null, params (string Key, string Value)[] detail)
    {
        var now = _time.GetUtcNow();
        await Store.AppendAsync(log, [Record(Guid.CreateVersion7(now), now, what, entity, contentHash, refused, detail)], ct);
        // A move holds the ledger while it lasts: who waited for it comes to a folder that is not to be gone on with.
        RequireNotMoved(LedgerOf(_data));
    }

    /// <summary>The record of something that is done with the service's own files.</summary>
    public static LedgerRecord Record(
        Guid id, DateTimeOffset now, AuditEvent what, string entity, string? contentHash, string? refused, IEnumerable<(string Key, string Value)> detail)
    {
        var host = Caller.Host(Guid.CreateVersion7(now).ToString("N"));
        var record = new AuditRecord(
            id, now, what.Code, what.Action, refused is null ? AuditOutcome.Success : AuditOutcome.Refused,
            host.Kind, host.ActorId, host.Roles, what.EntityType, entity, null, refused, host.CorrelationId, null, host.RemoteAddress,
            // No policy decides what the owner of the files does.
            "none", contentHash, detail.Append((Key: "account", Value: Environment.UserName)).ToImmutableSortedDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal));
        var bytes = AuditRecordJson.ToBytes(record);
        return new LedgerRecord(AuditColumns.Of(bytes), bytes);
    }

    /// <summary>
    /// The checkpoint to export under, and the keys that verify it: one made now where the key file can be read, so that everything up to now
    /// is in it; otherwise the newest that the service made, and what came after it waits for its next.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="keyFile">The key file; null for the one beside the data folder, if it can be read.</param>
    /// <param name="published">What the service publishes.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ExportException">There is neither; or no published key; or the log is not what was signed before.</exception>
    public async Task<(SignedNote Head, PublishedKeys Keys)> HeadAsync(string log, string? keyFile, PublishedCheckpoints published, CancellationToken ct)
    {
        var beside = NoteKeyFile.BesideFolder(_data);
        if (keyFile is null && CanRead(beside)) keyFile = beside;
        if (keyFile is not null) return await SignAsync(log, keyFile, published, ct);
        if (await Store.CheckpointsAsync(log, ct) is not [.., var newest])
            throw new ExportException($"Log {log} has no checkpoint yet. Let the service run, or name its key file with --checkpoint-key.");
        var keys = published.Keys()
            ?? throw new ExportException($"There are no published keys in {published.Folder}. Let the service run, or name its key file with --checkpoint-key.");
        return (SignedNote.Parse(newest.Note), keys);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();

    // As the service signs: not before the log is found to continue what was signed last.
    private async Task<(SignedNote Head, PublishedKeys Keys)> SignAsync(string log, string keyFile, PublishedCheckpoints published, CancellationToken ct)
    {
        var alarm = new LedgerAlarm();
        using var publisher = new CheckpointPublisher(Store, new CheckpointFolder(published.Folder), keyFile, alarm, _time);
        var failed = (await publisher.PublishAsync(ct)).FirstOrDefault(one => one.Log == log && one.Status is PublicationStatus.Failed);
        if ((alarm.Reason(log) ?? failed?.Reason) is { } reason) throw new ExportException(reason);
        return (publisher.Newest()[log], publisher.Keys!);
    }

    private static void RequireNotMoved(string ledger)
    {
        if (EngineContents.WhyNotServed(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(ledger))) ?? ledger) is { } whyNot)
            throw new LedgerUnavailableException(whyNot);
    }

    private static bool CanRead(string file)
    {
        try
        {
            using var opened = File.OpenRead(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
