using System.Globalization;
using System.Text;
using JamEmr.Audit;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Cli.Transfer;
using JamEmr.Engine;
using JamEmr.Engine.Postgres;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Files;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using JamEmr.Ledger.Verification;
using JamEmr.Tests.Unit.Exports;

namespace JamEmr.Tests.Unit.Transfer;

/// <summary>The move of a data folder, as the embedded engine leaves it, into the tables of a cluster on a real PostgreSQL.</summary>
public sealed class MoveTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_stopped_service_When_moved_Then_the_database_has_the_same_and_says_so()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.Ledger.SaveCheckpointAsync(TempPractice.Log, new StoredCheckpoint(300, AuditSamples.Start, null, "a note\n"), Ct);
        await practice.Ledger.SaveCheckpointAsync(TempPractice.Log, new StoredCheckpoint(300, AuditSamples.Start, "witness", "a witnessed note\n"), Ct);
        await practice.Ledger.PlaceHoldAsync(TempPractice.Log, new LegalHold(AuditSamples.Id(1), AuditSamples.Start, "case-1", AuditSamples.Start.AddDays(1)), Ct);
        await practice.Ledger.PlaceHoldAsync(TempPractice.Log, new LegalHold(AuditSamples.Id(2), AuditSamples.Start, "case-2"), Ct);
        var (head, holds) = (await practice.Ledger.HeadAsync(TempPractice.Log, Ct), await practice.Ledger.HoldsAsync(TempPractice.Log, Ct));
        var leaves = await practice.Ledger.ReadAsync(TempPractice.Log, 0, 300, Ct);
        await practice.CloseAsync();
        await using var move = await Move.IntoNewAsync();

        var output = await move.RunAsync(practice);
        Assert.Contains($"log {TempPractice.Log}: 300 records, root {head.Root}: the same; 1 that waited were appended", output, StringComparison.Ordinal);
        Assert.Contains("states: 5 of 1 practices, SHA-256 ", output, StringComparison.Ordinal);
        Assert.Contains("reminders: 1, SHA-256 ", output, StringComparison.Ordinal);

        await using var ledger = await move.OpenLedgerAsync();
        Assert.Equal(leaves.Select(Text), (await ledger.ReadAsync(TempPractice.Log, 0, 300, Ct)).Select(Text));
        Assert.Equal(300, (await ledger.FindAsync(TempPractice.Log, AuditSamples.Id(1_000_000), Ct))!.Index);
        Assert.Equal(head.Root, (await ledger.ConsistencyProofAsync(TempPractice.Log, 300, 301, Ct)).Root1);
        Assert.Equal(["a note\n", "a witnessed note\n"], (await ledger.CheckpointsAsync(TempPractice.Log, Ct)).Select(one => one.Note));
        Assert.Equal(holds, await ledger.HoldsAsync(TempPractice.Log, Ct));
        var moved = Assert.Single((await ledger.QueryAsync(GrainKeys.System, new LedgerQuery { EventCode = AuditEvents.ServiceMoved.Code }, Ct)).Entries);
        Assert.Contains(AuditRecordJson.FromBytes(moved.Bytes.Span).ContentHash!, output, StringComparison.Ordinal);
        Assert.True((await LedgerAudit.VerifyAsync(ledger, TempPractice.Log, AuditColumns.Of, Ct)).IsSound);
        Assert.Null(await ledger.CheckAsync(Ct));
        await ClusterSchema.RequireAsync(move.Database.Connection, Ct);
    }

    [Fact]
    public async Task Given_a_folder_that_was_moved_When_a_service_opens_it_Then_it_is_refused_until_the_move_is_given_up()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        await move.RunAsync(practice);

        var refused = await Assert.ThrowsAsync<StorageUnavailableException>(practice.OpenAsync);
        Assert.Contains("was moved to the PostgreSQL database", refused.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(practice.Data, "moved"));
        await practice.OpenAsync();
    }

    [Fact]
    public async Task Given_a_service_that_runs_When_moved_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StartAsync();
        await using var move = await Move.IntoNewAsync();
        await Assert.ThrowsAsync<DataFolderInUseException>(() => move.RunAsync(practice));
        await practice.CloseAsync();
        await move.RunAsync(practice);
    }

    [Theory]
    [InlineData("INSERT INTO jamemr_practice_key (practice, wrapped) VALUES ('p', 'x')")]
    [InlineData("INSERT INTO jamemr_ledger.ledger_log (name, size, root, edge) VALUES ('p', 0, '', '')")]
    [InlineData("INSERT INTO jamemr_transfer (source_id, record_id) VALUES ('0123456789abcdef', '0195d3f0-0000-7000-8000-000000000001')")]
    public async Task Given_a_database_with_something_in_it_When_moved_into_Then_it_is_refused_and_unchanged(string sql)
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        await move.Database.ExecuteAsync(sql);
        Assert.Contains("make an empty", (await Assert.ThrowsAsync<TransferException>(() => move.RunAsync(practice))).Message, StringComparison.Ordinal);
        Assert.Equal(0, await move.Database.ExecuteAsync("UPDATE jamemr_state SET version = version"));
        await practice.OpenAsync();
    }

    [Fact]
    public async Task Given_another_master_key_When_moved_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        var key = await File.ReadAllTextAsync(practice.KeyFile, Ct);
        await File.WriteAllTextAsync(practice.KeyFile, Convert.ToBase64String(new byte[32]), Ct);
        await Assert.ThrowsAsync<MasterKeyException>(() => move.RunAsync(practice));
        await File.WriteAllTextAsync(practice.KeyFile, key, Ct);
        await practice.OpenAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Given_a_move_that_was_cut_off_When_repeated_Then_it_goes_on_and_no_silo_started_between(int line)
    {
        await using var practice = await TempPractice.StartAsync();
        var head = await practice.Ledger.HeadAsync(TempPractice.Log, Ct);
        await practice.CloseAsync();
        await using var move = await Move.IntoNewAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move.RunAsync(practice, cutAt: line));
        var refused = await Assert.ThrowsAsync<SchemaMismatchException>(() => ClusterSchema.RequireAsync(move.Database.Connection, Ct));
        Assert.Contains("jamemr migrate --from", refused.Message, StringComparison.Ordinal);

        Assert.Contains($"300 records, root {head.Root}: the same", await move.RunAsync(practice), StringComparison.Ordinal);
        await using var ledger = await move.OpenLedgerAsync();
        Assert.Equal((301, 3), ((await ledger.HeadAsync(TempPractice.Log, Ct)).Size, (await ledger.HeadAsync(GrainKeys.System, Ct)).Size));
        await ClusterSchema.RequireAsync(move.Database.Connection, Ct);
    }

    [Fact]
    public async Task Given_a_move_cut_off_among_the_records_When_repeated_Then_only_the_rest_is_taken()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 5000), Ct);
        await using var move = await Move.IntoNewAsync();
        await using var ledger = await move.OpenLedgerAsync();
        using var cut = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ledger.TakeOverAsync(practice.Ledger, TempPractice.Log, new Cutting(cut), cut.Token));
        Assert.Equal(2048, (await ledger.HeadAsync(TempPractice.Log, Ct)).Size);
        Assert.Equal(await practice.Ledger.HeadAsync(TempPractice.Log, Ct), await ledger.TakeOverAsync(practice.Ledger, TempPractice.Log, null, Ct));
        Assert.True((await LedgerAudit.VerifyAsync(ledger, TempPractice.Log, AuditColumns.Of, Ct)).IsSound);
    }

    [Fact]
    public async Task Given_a_folder_that_was_served_again_between_two_attempts_When_repeated_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move.RunAsync(practice, cutAt: 2));
        await practice.OpenAsync();
        await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 4), Ct);
        await practice.CloseAsync();
        var refused = await Assert.ThrowsAsync<LedgerDamagedException>(() => move.RunAsync(practice));
        Assert.Contains("into an empty database", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RETURN NULL", "does not have what the folder has")]
    [InlineData("NEW.payload := set_byte(NEW.payload, 30, 0) || '\\x01'; RETURN NEW", "is not what was written there")]
    [InlineData("RAISE 'no'", "no")]
    public async Task Given_a_database_that_does_not_keep_what_it_is_given_When_moved_Then_the_proof_fails_and_no_state_is_there(string body, string message)
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        await move.Database.ExecuteAsync(
            $"CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.key LIKE '%/3' THEN {body}; END IF; RETURN NEW; END $$;"
            + " CREATE TRIGGER meddle BEFORE INSERT ON jamemr_state FOR EACH ROW EXECUTE FUNCTION meddle()");
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => move.RunAsync(practice));
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Equal(0, await move.Database.ExecuteAsync("UPDATE jamemr_state SET version = version"));

        await move.Database.ExecuteAsync("DROP TRIGGER meddle ON jamemr_state");
        await move.RunAsync(practice);
    }

    [Fact]
    public async Task Given_a_log_whose_beginning_is_in_an_archive_When_moved_Then_it_begins_there_and_the_tree_above_is_the_same()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 8500), Ct);
        var head = await practice.Ledger.HeadAsync(TempPractice.Log, Ct);
        var root = (await practice.Ledger.ConsistencyProofAsync(TempPractice.Log, 8500, head.Size, Ct)).Root1;
        Assert.Equal(8192, await practice.Ledger.ReleaseAsync(TempPractice.Log, 8500, root, Ct));
        await practice.CloseAsync();
        await using var move = await Move.IntoNewAsync();
        Assert.Contains($"8800 records, root {head.Root}: the same; those below 8192 are in archives", await move.RunAsync(practice), StringComparison.Ordinal);

        await using var ledger = await move.OpenLedgerAsync();
        var report = await LedgerAudit.VerifyAsync(ledger, TempPractice.Log, AuditColumns.Of, Ct);
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal((8192, 609), (report.Archived, report.Records));
        Assert.Equal(root, (await ledger.ConsistencyProofAsync(TempPractice.Log, 8500, 8801, Ct)).Root1);
        Assert.Null(await ledger.CheckAsync(Ct));
    }

    [Fact]
    public async Task Given_an_event_that_only_the_service_can_deliver_When_moved_Then_it_is_refused_with_what_to_do()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.Grains.AppendEventsAsync(StreamId.Create("other", $"{TempPractice.Log}/x"), [TempPractice.Sink], ["{}"u8.ToArray()]);
        await practice.CloseAsync();
        await using var move = await Move.IntoNewAsync();
        var refused = await Assert.ThrowsAsync<TransferException>(() => move.RunAsync(practice));
        Assert.Contains("start it on the folder, stop it in order, and try again", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_command_When_run_with_a_folder_Then_it_moves_it_and_with_a_wrong_one_it_says_so_in_a_line()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        var file = Path.Combine(practice.Root, "database");
        await File.WriteAllTextAsync(file, move.Database.Connection + "\n", Ct);

        var (code, _, error) = await practice.RunAsync("migrate", "--database-file", file, "--from", Path.Combine(practice.Root, "none"), "--master-key-file", practice.KeyFile);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("is no data folder of JamEMR", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        (code, var output, error) = await practice.RunAsync("migrate", "--database-file", file, "--from", practice.Data);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("was moved into the database", output, StringComparison.Ordinal);
        (code, _, error) = await practice.RunAsync("migrate", "--database-file", file, "--from", practice.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("already, and is marked so; nothing else was done.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0x02CC5D05)]
    [InlineData("a", 0x550D7456)]
    [InlineData("abc", 0x32D153FF)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2F)]
    public void Given_a_text_When_hashed_Then_it_is_its_xxh32(string text, uint hash) => Assert.Equal(hash, UniformHash.Xxh32(Encoding.UTF8.GetBytes(text)));

    private static string Text(StoredLeaf leaf) => string.Create(
        CultureInfo.InvariantCulture, $"{leaf.Index} {leaf.LeafHash} {Convert.ToHexString(leaf.Bytes!.Value.Span)} {leaf.Columns}");

    private sealed class Cutting(CancellationTokenSource cut) : IProgress<long>
    {
        public void Report(long value) => cut.Cancel();
    }
}
