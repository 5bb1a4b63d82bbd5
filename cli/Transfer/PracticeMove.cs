using System.Globalization;
using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Cli.Commands;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Cli.Transfer;

/// <summary>
/// Moves the data folder of an embedded service, which must be stopped, into an empty database of a cluster, and proves that it is the same. The
/// ledger comes first and is gone on with when the move is repeated; then, in one transaction, everything of the grains. Nobody else writes to the
/// folder's ledger meanwhile. The folder stays as it is, marked so that no service goes on from it.
/// </summary>
internal sealed class PracticeMove(string connection, PostgresLedgerOptions ledgerOptions, string service, TextWriter output, TextWriter error, TimeProvider time)
{
    /// <summary>Moves and proves.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="key">Its master key, which the silos need from now on.</param>
    /// <param name="ct">Ends it; it may be asked for again.</param>
    /// <exception cref="TransferException">It cannot be done, or the proof failed; or it was done before, and the folder is marked now if it was not.</exception>
    public async Task RunAsync(string data, MasterKey key, CancellationToken ct)
    {
        using var source = EngineContents.OpenAlone(data, key);
        // Commands work on the ledger of a stopped service too. What one of them put there behind the records that are taken would be nowhere but in the folder.
        using var writers = SqliteSnapshot.Open(Path.Combine(data, PracticeFiles.Ledger));
        writers.Hold();
        await using var from = await SqliteLedgerStore.OpenAsync(Path.Combine(data, PracticeFiles.LedgerFolder), new SqliteLedgerOptions { ReadOnly = true }, ct);
        await using var to = await PostgresLedgerStore.OpenAsync(ledgerOptions, ct);
        await using var target = await ClusterTarget.OpenAsync(connection, service, ct);
        var where = $"the PostgreSQL database {target.Name} (service {service})";
        var (record, finished) = await target.BeginAsync(source.StoreId, Guid.CreateVersion7(time.GetUtcNow()), (await to.LogsAsync(ct)).Count == 0, ct);
        if (finished is not null)
        {
            // A copy of the folder has no mark, nor has one whose mark was taken away: the data lives there all the same.
            source.MarkMoved(where);
            throw new TransferException($"This folder was moved into the database {target.Name} at {finished:u} already, and is marked so; nothing else was done.");
        }

        var waiting = Waiting(source);
        var logs = await from.LogsAsync(ct);
        foreach (var log in logs.Union(waiting.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var head = logs.Contains(log, StringComparer.Ordinal)
                ? await to.TakeOverAsync(from, log, new ProgressLine(error, $"records of {log} moved", time), ct)
                : TreeHead.Empty;
            await CompleteLogAsync(from, to, log, head, waiting.GetValueOrDefault(log) ?? [], record, ct);
        }

        var there = await target.WriteAsync(source, key, new ProgressLine(error, "states moved", time), ct);
        var here = await Contents.OfAsync(source, ct);
        if (here != there) throw new TransferException($"The database does not have what the folder has, and nothing was moved: {here} became {there}.");
        await RecordAsync(to, record, here, ct);
        await target.FinishAsync(() => source.MarkMoved(where), ct);
        await SayAsync(data, target.Name, here);
    }

    // What was published and is not acknowledged is the audit log's: there is no other stream. It goes to the log as its sink would take it there.
    private static Dictionary<string, List<LedgerRecord>> Waiting(EngineContents source)
    {
        var waiting = new Dictionary<string, List<LedgerRecord>>(StringComparer.Ordinal);
        foreach (var one in source.Events())
        {
            var log = GrainKeys.Head(one.StreamKey).ToString();
            if (one.Namespace != AuditStream.Namespace || one.StreamKey != $"{log}/{AuditStream.KeyName}") throw NotDelivered(one, null);
            if (!waiting.TryGetValue(log, out var records)) waiting.Add(log, records = []);
            try
            {
                var bytes = AuditRecordJson.ToBytes(AuditRecordJson.FromBytes(one.Payload.Span));
                records.Add(new LedgerRecord(AuditColumns.Of(bytes), bytes));
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                throw NotDelivered(one, e);
            }
        }

        return waiting;
    }

    private async Task CompleteLogAsync(
        SqliteLedgerStore from, PostgresLedgerStore to, string log, TreeHead head, List<LedgerRecord> waiting, Guid moved, CancellationToken ct)
    {
        await RequireOursAsync(to, log, head, waiting, moved, ct);
        if (!(await from.CheckpointsAsync(log, ct)).ToHashSet().SetEquals(await to.CheckpointsAsync(log, ct))
            || !(await from.HoldsAsync(log, ct)).SequenceEqual(await to.HoldsAsync(log, ct)))
            throw new TransferException($"Log {log} has other checkpoints or legal holds in the database than in the folder.");
        var added = 0;
        foreach (var part in waiting.Chunk(1024))
        {
            foreach (var appended in await to.AppendAsync(log, part, ct))
            {
                if (appended.Status is AppendStatus.Conflict) throw NotDelivered(null, null);
                if (appended.Status is AppendStatus.Added) added++;
            }
        }

        var extent = await to.ExtentAsync(log, ct);
        await output.WriteLineAsync($"log {log}: {head.Size} records, root {head.Root}: the same"
            + (extent.Archived > 0 ? $"; those below {extent.Archived} are in archives" : "")
            + (added > 0 ? $"; {added} that waited were appended" : ""));
    }

    // Behind the folder's own head there is only what an earlier attempt put there.
    private static async Task RequireOursAsync(PostgresLedgerStore to, string log, TreeHead head, List<LedgerRecord> waiting, Guid moved, CancellationToken ct)
    {
        var ours = waiting.Select(record => record.Columns.RecordId).Append(moved).ToHashSet();
        for (var at = head.Size; ;)
        {
            var further = await to.ReadAsync(log, at, 1024, ct);
            if (further.Count == 0) return;
            if (further.Any(leaf => leaf.Columns is null || !ours.Contains(leaf.Columns.RecordId)))
                throw new TransferException($"The folder's log {log} is not what it was when the move was begun; make an empty database and begin again.");
            at += further.Count;
        }
    }

    // On the log before anybody can see the result. An earlier attempt that did not come to its end may have put it there.
    private async Task RecordAsync(PostgresLedgerStore to, Guid id, Contents contents, CancellationToken ct)
    {
        var record = AuditFolder.Record(
            id, time.GetUtcNow(), AuditEvents.ServiceMoved, "service", contents.StatesHash, null, [("states", contents.States.ToString(CultureInfo.InvariantCulture))]);
        if (await to.FindAsync(GrainKeys.System, id, ct) is { } before)
        {
            if (AuditRecordJson.FromBytes(before.Bytes.Span).ContentHash == contents.StatesHash) return;
            throw new TransferException("The folder's states are not what they were when the move was begun; make an empty database and begin again.");
        }

        await to.AppendAsync(GrainKeys.System, [record], ct);
    }

    private async Task SayAsync(string data, string database, Contents contents)
    {
        await output.WriteLineAsync($"states: {contents.States} of {contents.Practices} practices, SHA-256 {contents.StatesHash}: the same");
        await output.WriteLineAsync($"reminders: {contents.Reminders}, SHA-256 {contents.RemindersHash}: the same");
        await output.WriteLineAsync($"{data} was moved into the database {database} and proven to be the same. The folder is kept and is not served any more.");
        await output.WriteLineAsync("Every silo needs the folder's master key, and its checkpoint keys and checkpoints, from now on.");
    }

    private static TransferException NotDelivered(ContainedEvent? one, Exception? inner) => new(
        $"An event{(one is null ? "" : $" of stream {one.Namespace}")} waits that can only be delivered by the service itself; start it on the folder, stop it in order, and try again.", inner);
}
