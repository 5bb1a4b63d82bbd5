using JamEmr.Audit;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Cli.Transfer;
using JamEmr.Engine;
using JamEmr.Engine.Postgres;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Unit.Exports;

namespace JamEmr.Tests.Unit.Transfer;

/// <summary>A practice lives in one place at a time: at no moment of a move could folder and database both be gone on with, and afterwards nothing goes on from the folder.</summary>
public sealed class MovedFolderTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_move_cut_off_at_its_commit_When_the_folder_is_opened_Then_it_is_refused_until_the_repeated_move_is_done()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        // Runs when the transaction commits, not before.
        await move.Database.ExecuteAsync(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut off'; END $$;"
            + " CREATE CONSTRAINT TRIGGER cut AFTER UPDATE ON jamemr_transfer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()");
        var failed = await Assert.ThrowsAsync<TransferException>(() => move.RunAsync(practice));
        Assert.Contains("Repeat the command", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageUnavailableException>(practice.OpenAsync);
        await Assert.ThrowsAsync<SchemaMismatchException>(() => ClusterSchema.RequireAsync(move.Database.Connection, Ct));

        await move.Database.ExecuteAsync("DROP TRIGGER cut ON jamemr_transfer");
        await move.RunAsync(practice);
        await Assert.ThrowsAsync<StorageUnavailableException>(practice.OpenAsync);
        await ClusterSchema.RequireAsync(move.Database.Connection, Ct);
    }

    [Fact]
    public async Task Given_a_folder_that_was_moved_and_has_no_mark_When_moved_again_Then_it_has_one()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        await move.RunAsync(practice);
        File.Delete(Path.Combine(practice.Data, "moved"));
        Assert.Null(EngineContents.WhyNotServed(practice.Data));

        var answer = await Assert.ThrowsAsync<TransferException>(() => move.RunAsync(practice));
        Assert.Contains("already, and is marked so", answer.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageUnavailableException>(practice.OpenAsync);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Given_a_move_under_way_When_somebody_appends_to_the_folder_Then_it_is_refused_and_nothing_is_lost(int line)
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var move = await Move.IntoNewAsync();
        var (before, refused) = (await TempPractice.HeadInAsync(practice.Data, TempPractice.Log), 0);
        await move.RunAsync(practice, async at =>
        {
            if (at != line) return;
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => AppendAsync(practice));
            refused++;
        }, Ct);
        Assert.Equal(1, refused);
        Assert.Equal(before, await TempPractice.HeadInAsync(practice.Data, TempPractice.Log));

        // It was the move that was in the way.
        await AppendAsync(practice);
    }

    [Theory]
    [InlineData("backup", "", "--out", "OUT")]
    [InlineData("hold", "", "place", "--practice", TempPractice.Log, "--reason", "case-1")]
    [InlineData("hold", "ledger", "place", "--practice", TempPractice.Log, "--reason", "case-1")]
    [InlineData("hold", "", "lift", "--practice", TempPractice.Log, "--id", "0195d3f0-0000-7000-8000-0000000000aa")]
    [InlineData("export", "", "--practice", TempPractice.Log, "--out", "OUT")]
    [InlineData("archive", "", "--practice", TempPractice.Log, "--before", "2015-01-01", "--out", "OUT")]
    public async Task Given_a_folder_that_was_moved_When_a_command_would_write_to_its_log_or_sign_it_Then_it_is_refused_and_nothing_is_changed(
        string command, string below, params string[] args)
    {
        await using var practice = await TempPractice.StoppedAsync();
        MarkMoved(practice);
        var heads = await HeadsAsync(practice);
        var (code, error) = await RunAsync(practice, [command, .. args.Select(arg => arg == "OUT" ? practice.Copy : arg), "--data", Path.Combine(practice.Data, below)]);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("was moved to another place and is not served any more", error, StringComparison.Ordinal);
        Assert.Equal(heads, await HeadsAsync(practice));
        Assert.Equal([practice.Data, practice.KeyFile], Directory.GetFileSystemEntries(practice.Root).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_command_that_waited_for_a_move_When_its_record_is_on_the_folders_log_Then_it_goes_no_further()
    {
        await using var practice = await TempPractice.StoppedAsync();
        await using var audit = await AuditFolder.OpenAsync(practice.Data, GrainKeys.System, practice.Time, Ct);
        MarkMoved(practice);
        await Assert.ThrowsAsync<LedgerUnavailableException>(
            () => audit.RecordAsync(GrainKeys.System, AuditEvents.AuditHoldPlaced, "hold", Ct, detail: [("reason", "case-1")]));
    }

    private static void MarkMoved(TempPractice practice)
    {
        using var contents = EngineContents.OpenAlone(practice.Data, EngineContents.FindKey(practice.Data, practice.KeyFile));
        contents.MarkMoved("another place");
    }

    private static async Task AppendAsync(TempPractice practice)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(Path.Combine(practice.Data, PracticeFiles.LedgerFolder), new SqliteLedgerOptions { BusyMilliseconds = 0 }, Ct);
        await store.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 1), Ct);
    }

    private static async Task<TreeHead[]> HeadsAsync(TempPractice practice) =>
        [await TempPractice.HeadInAsync(practice.Data, TempPractice.Log), await TempPractice.HeadInAsync(practice.Data, GrainKeys.System)];

    private static async Task<(int Code, string Error)> RunAsync(TempPractice practice, string[] args)
    {
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(
            args, TextWriter.Null, error,
            BackupCommand.Create(practice.Time), HoldCommand.Create(practice.Time), ExportCommand.Create(practice.Time), ArchiveCommand.Create(practice.Time));
        return (code, error.ToString());
    }
}
