using JamEmr.Cli;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Exports;

namespace JamEmr.Tests.Unit.Exports;

public sealed class ExportCommandTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_readable_key_file_When_exported_Then_the_export_is_on_the_log_and_in_itself()
    {
        await using var log = await TempLog.WithAsync(70, 50);
        var (code, output, error) = await ExportAsync(log);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("records 0 to 70", output, StringComparison.Ordinal);
        var last = (await log.Store.FindAsync(TempLog.Log, 70, Ct))!;
        Assert.Equal(("audit.exported", "system", TempLog.Log), (last.Columns.EventCode, last.Columns.ActorKind, last.Columns.EntityId));

        var key = log.Keys.Published.Verifiers[0];
        var verified = await log.RunAsync("verify", Path.Combine(log.Folder, "export"), "--key", key.ToString());
        Assert.Equal((ExitCodes.Done, ""), (verified.Code, verified.Error));
        Assert.Contains("records: 71 recomputed", verified.Output, StringComparison.Ordinal);
        Assert.Contains($"signed by {key.Name} ({key.Id})", verified.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", verified.Output, StringComparison.Ordinal);
        Assert.EndsWith("sound" + Environment.NewLine, verified.Output, StringComparison.Ordinal);
        Assert.Contains("WARNING: these keys came with the export", (await log.RunAsync("verify", Path.Combine(log.Folder, "export"))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_key_file_When_exported_Then_it_ends_with_the_newest_checkpoint_or_says_what_is_lacking()
    {
        await using var log = await TempLog.WithAsync(70);
        File.Move(log.KeyFile, log.KeyFile + ".away");
        var (code, _, error) = await ExportAsync(log);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("no published keys", error, StringComparison.Ordinal);

        Directory.CreateDirectory(log.Data + ".checkpoints");
        await File.WriteAllTextAsync(log.Data + ".checkpoints/keys", log.Keys.Published.ToString(), Ct);
        (code, var output, _) = await ExportAsync(log);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("records 0 to 69", output, StringComparison.Ordinal);
        Assert.Equal(72, (await log.Store.HeadAsync(TempLog.Log, Ct)).Size);
    }

    [Fact]
    public async Task Given_a_log_that_went_back_When_exported_with_the_key_Then_it_is_not_signed_again()
    {
        await using var log = await TempLog.WithAsync(70);
        var (later, now) = (new string('A', 43) + "=", log.Time.GetUtcNow());
        new CheckpointFolder(CheckpointFolder.BesideFolder(log.Data)).Save(
            TempLog.Log, SignedNote.Sign($"{TempLog.Name}/{TempLog.Log}\n80\n{later}\n", now, log.Keys.SignersAt(now)), now);
        var (code, _, error) = await ExportAsync(log);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("The log went back", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(log.Folder, "export")));
    }

    [Fact]
    public async Task Given_a_log_that_takes_no_record_When_exporting_Then_nothing_is_written()
    {
        await using var log = await TempLog.WithAsync(5);
        await log.Store.DisposeAsync();
        File.Delete(Path.Combine(log.Data, "ledger", "ledger.db"));
        Assert.Equal(ExitCodes.Failed, (await ExportAsync(log)).Code);
        Assert.False(Directory.Exists(Path.Combine(log.Folder, "export")));
    }

    [Theory]
    [InlineData("2026-03-02T09:00:00")]
    [InlineData("yesterday")]
    public async Task Given_a_time_without_its_zone_When_exporting_Then_the_command_line_is_wrong(string time)
    {
        var (code, _, error) = await TempLog.RunAsync(TimeProvider.System, "export", "--practice", "p", "--out", "x", "--from", time);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("is not a time with its zone", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_unknown_practice_When_exporting_Then_no_log_is_made_for_it()
    {
        await using var log = await TempLog.WithAsync(5);
        var (code, _, error) = await log.RunAsync("export", "--practice", "nobody", "--out", Path.Combine(log.Folder, "export"), "--data", log.Data);
        Assert.Equal((ExitCodes.Failed, "There is no log of practice nobody."), (code, error.Trim()));
        Assert.Equal([TempLog.Log], await log.Store.LogsAsync(Ct));
    }

    [Fact]
    public async Task Given_what_a_witness_kept_When_export_and_data_are_verified_Then_an_older_state_is_found()
    {
        await using var log = await TempLog.WithAsync(70);
        var witness = Path.Combine(log.Folder, "witness");
        var keys = Path.Combine(log.Folder, "keys");
        await File.WriteAllTextAsync(keys, log.Keys.Published.ToString(), Ct);
        Assert.Equal(ExitCodes.Done, (await ExportAsync(log)).Code);
        await File.WriteAllTextAsync(witness, (await log.SignAsync()).ToString(), Ct);
        Assert.Contains("against", (await VerifyAsync(Path.Combine(log.Folder, "export"))).Output, StringComparison.Ordinal);
        Assert.Contains("against", (await VerifyAsync(log.Data)).Output, StringComparison.Ordinal);

        await log.Store.AppendAsync(TempLog.Log, AuditSamples.Records(500, 1), Ct);
        await File.WriteAllTextAsync(witness, (await log.SignAsync()).ToString(), Ct);
        var (code, _, error) = await VerifyAsync(Path.Combine(log.Folder, "export"));
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("WRONG: 72 records were seen, and there are 71", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(witness, SignedNote.Sign($"{TempLog.Name}/system\n1\n{new string('A', 43)}=\n", log.Time.GetUtcNow(), log.Keys.SignersAt(log.Time.GetUtcNow())).ToString(), Ct);
        (code, _, error) = await VerifyAsync(log.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("It is of a log that is not here.", error, StringComparison.Ordinal);

        Task<(int Code, string Output, string Error)> VerifyAsync(string folder) => log.RunAsync("verify", folder, "--key", keys, "--against", witness);
    }

    [Fact]
    public async Task Given_checkpoints_beside_the_data_When_the_data_is_put_back_to_an_older_copy_or_a_log_is_gone_Then_it_is_found()
    {
        await using var log = await TempLog.WithAsync(70);
        var beside = new CheckpointFolder(CheckpointFolder.BesideFolder(log.Data));
        beside.SaveKeys(log.Keys.Published);
        beside.Save(TempLog.Log, await log.SignAsync(), log.Time.GetUtcNow());
        var (code, output, error) = await log.RunAsync("verify", log.Data);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("agrees with", output, StringComparison.Ordinal);

        await using var older = await TempLog.WithAsync(50);
        beside = new CheckpointFolder(CheckpointFolder.BesideFolder(older.Data));
        beside.SaveKeys(new PublishedKeys([.. older.Keys.Published.Keys, .. log.Keys.Published.Keys]));
        beside.Save(TempLog.Log, await log.SignAsync(), log.Time.GetUtcNow());
        (code, _, error) = await older.RunAsync("verify", older.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("WRONG: 70 records were seen, and there are 50", error, StringComparison.Ordinal);

        beside.Save("system", await log.SignAsync(), log.Time.GetUtcNow());
        (code, _, error) = await older.RunAsync("verify", older.Data);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.StartsWith("system: WRONG: There are checkpoints of a log that is not here.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export")]
    [InlineData("archive")]
    [InlineData("verify")]
    [InlineData("hold")]
    public async Task Given_help_When_asked_for_Then_it_ends_with_examples(string command)
    {
        var (code, output, _) = await TempLog.RunAsync(TimeProvider.System, command, "--help");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains($"jamemr {command} ", output[output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_export_that_is_cancelled_When_half_done_Then_nothing_is_left()
    {
        await using var log = await TempLog.WithAsync(3000);
        using var cancelled = new CancellationTokenSource();
        var plan = await ExportPlan.MakeAsync(log.Store, TempLog.Log, await log.SignAsync(), log.Keys.Published, null, null, log.Time.GetUtcNow(), Ct);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExportWriter.WriteAsync(
            log.Store, plan, Path.Combine(log.Folder, "export"), durable: false, new Cancelling(cancelled), cancelled.Token));
        Assert.Equal(["data", "data.checkpoint-keys"], Directory.EnumerateFileSystemEntries(log.Folder).Select(Path.GetFileName).Order());
    }

    private static Task<(int Code, string Output, string Error)> ExportAsync(TempLog log) =>
        log.RunAsync("export", "--practice", TempLog.Log, "--out", Path.Combine(log.Folder, "export"), "--data", log.Data);

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<long>
    {
        public void Report(long value) => source.Cancel();
    }
}
