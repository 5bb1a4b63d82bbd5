using System.Globalization;
using System.Text;
using JamEmr.Cli;
using JamEmr.Cli.Transfer;
using JamEmr.Engine;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Tests.Unit.Exports;

namespace JamEmr.Tests.Unit.Transfer;

/// <summary><c>jamemr backup</c> and <c>jamemr restore</c>, on the files of a service that has them open.</summary>
public sealed class BackupTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_running_service_When_backed_up_and_restored_Then_all_that_it_had_is_there()
    {
        await using var practice = await TempPractice.StartAsync();
        var log = await practice.Ledger.HeadAsync(TempPractice.Log, Ct);
        var (code, output, error) = await practice.RunAsync("backup", "--data", practice.Data, "--out", practice.Copy);
        Assert.True(code == ExitCodes.Done, error);
        Assert.Contains($"{TempPractice.Log}: 300 of 300 records recomputed", output, StringComparison.Ordinal);
        Assert.Contains("2 logs with 303 records, 5 states opened", output, StringComparison.Ordinal);

        (code, output, error) = await practice.RestoreAsync();
        Assert.True(code == ExitCodes.Done, error);
        Assert.Contains("The restore is on the log", output, StringComparison.Ordinal);
        Assert.Equal(practice.StatesIn(practice.Data), practice.StatesIn(practice.Again));
        Assert.Equal([1_000_000], practice.EventsIn(practice.Again));
        using var contents = practice.Contents(practice.Again);
        Assert.Equal((AuditSamples.Start, TimeSpan.FromHours(1)), contents.Reminders().Select(one => (one.FirstTick, one.Period)).Single());
        Assert.Equal(log, await TempPractice.HeadInAsync(practice.Again, TempPractice.Log));
        // The backup, and then the restore.
        Assert.Equal(4, (await TempPractice.HeadInAsync(practice.Again, GrainKeys.System)).Size);
    }

    [Fact]
    public async Task Given_a_restored_folder_When_the_service_opens_it_Then_it_writes_and_appends_as_before()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        await practice.CloseAsync();
        Directory.Delete(practice.Data, recursive: true);
        var (code, _, error) = await practice.RunAsync("restore", "--from", practice.Copy, "--data", practice.Data);
        Assert.True(code == ExitCodes.Done, error);

        await practice.OpenAsync();
        var state = await practice.Grains.ReadStateAsync(TempPractice.Chart(3), "state", Ct);
        Assert.Equal("chart 3", Encoding.UTF8.GetString(state!.Value.Payload.Span));
        await practice.Grains.WriteStateAsync(TempPractice.Chart(3), "state", "changed"u8.ToArray(), state.Value.Etag);
        Assert.Equal(300, Assert.Single(await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 1), Ct)).Index);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(practice.Data, PracticeFiles.Engine)) & ~DurableFile.Secret);
    }

    [Fact]
    public async Task Given_a_service_under_load_When_backed_up_Then_every_record_of_a_change_is_on_the_log_or_waits_and_none_is_ahead_of_it()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.Grains.AcknowledgeAsync(TempPractice.Stream, TempPractice.Sink, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var load = LoadAsync(practice, stop.Token);
        for (var round = 0; round < 5; round++)
        {
            var folder = Path.Combine(practice.Root, $"backup{round}");
            await practice.BackUpAsync(folder);
            var changes = int.Parse(practice.StatesIn(folder).GetValueOrDefault($"{TempPractice.Log}/counter", "0"), CultureInfo.InvariantCulture);
            var waiting = practice.EventsIn(folder);
            var recorded = (int)(await TempPractice.HeadInAsync(folder, TempPractice.Log)).Size - 300;
            // Each change is a state and then its record, one after the other: the newest may be saved and not be published yet.
            var known = Math.Max(recorded, waiting.Count == 0 ? 0 : waiting[^1]);
            Assert.InRange(changes, known, known + 1);
            Assert.True(waiting.Count == 0 || waiting[0] <= recorded + 1, $"Between {recorded} on the log and {waiting.FirstOrDefault()} waiting, records are lost.");
        }

        await stop.CancelAsync();
        await load;
    }

    [Fact]
    public async Task Given_a_folder_with_something_in_it_When_backing_up_or_restoring_into_it_Then_nothing_is_touched()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        foreach (var args in new string[][] { ["backup", "--data", practice.Data, "--out", practice.Copy], ["restore", "--from", practice.Copy, "--data", practice.Data] })
        {
            var before = Directory.GetFileSystemEntries(args[^1]).Order(StringComparer.Ordinal).ToList();
            var (code, _, error) = await practice.RunAsync(args);
            Assert.Equal(ExitCodes.Failed, code);
            Assert.Contains("nothing is ever overwritten", error, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFileSystemEntries(args[^1]).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("backup.json", "no backup, or one that was never finished")]
    [InlineData("ledger/ledger.db", "missing: the backup is not whole")]
    public async Task Given_a_backup_that_lacks_a_file_When_restored_Then_it_is_refused_and_nothing_is_left(string file, string message)
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        File.Delete(Path.Combine(practice.Copy, file));
        await RefusedAsync(practice, message);
    }

    [Theory]
    [InlineData("engine.db", -4096, "was cut, changed or damaged")]
    [InlineData("ledger/ledger.db", 4096, "was cut, changed or damaged")]
    [InlineData("backup.json", -10, "is not the JSON of a backup")]
    public async Task Given_a_torn_backup_When_restored_Then_it_is_refused_and_nothing_is_left(string file, int bytes, string message)
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        await using (var stream = new FileStream(Path.Combine(practice.Copy, file), FileMode.Open)) stream.SetLength(stream.Length + bytes);
        await RefusedAsync(practice, message);
    }

    [Fact]
    public async Task Given_one_byte_changed_When_restored_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        await using (var stream = new FileStream(Path.Combine(practice.Copy, "engine.db"), FileMode.Open))
        {
            stream.Position = stream.Length / 2;
            var one = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(one ^ 1));
        }

        await RefusedAsync(practice, "was cut, changed or damaged");
    }

    [Fact]
    public async Task Given_a_backup_put_together_from_two_When_restored_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 5), Ct);
        var second = Path.Combine(practice.Root, "second");
        await practice.BackUpAsync(second);
        var (first, other) = (Manifest(practice.Copy), Manifest(second));
        File.Copy(Path.Combine(second, "ledger", "ledger.db"), Path.Combine(practice.Copy, "ledger", "ledger.db"), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(practice.Copy, Backup.ManifestFile), (first with { Files = [first.Files[0], other.Files[1], first.Files[2]] }).ToText(), Ct);
        await RefusedAsync(practice, "put together from several");
    }

    [Fact]
    public async Task Given_a_service_whose_database_is_damaged_When_backed_up_Then_it_fails_and_leaves_nothing()
    {
        await using var practice = await TempPractice.StartAsync();
        using (var database = SqliteDatabase.Open(Path.Combine(practice.Data, "engine.db"), create: false))
            database.Execute("UPDATE grain_state SET payload = (SELECT payload FROM grain_state WHERE id = 2) WHERE id = 3");
        var (code, _, error) = await practice.RunAsync("backup", "--data", practice.Data, "--out", practice.Copy);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("is not what was written there", error, StringComparison.Ordinal);
        Assert.Equal([practice.Data, practice.KeyFile], Directory.GetFileSystemEntries(practice.Root).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_another_master_key_When_restored_Then_it_is_refused()
    {
        await using var practice = await TempPractice.StartAsync();
        await practice.BackUpAsync();
        await File.WriteAllTextAsync(practice.KeyFile, Convert.ToBase64String(new byte[32]), Ct);
        await RefusedAsync(practice, "The master key is not the one");
    }

    [Fact]
    public async Task Given_no_master_key_at_hand_When_backed_up_and_restored_Then_it_says_what_was_not_checked_and_where_the_key_belongs()
    {
        await using var practice = await TempPractice.StartAsync();
        File.Move(practice.KeyFile, Path.Combine(practice.Root, "elsewhere"));
        var (code, output, error) = await practice.RunAsync("backup", "--data", practice.Data, "--out", practice.Copy);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("WARNING: the master key is not at hand", error, StringComparison.Ordinal);
        Assert.Contains("states NOT opened", output, StringComparison.Ordinal);

        (code, output, _) = await practice.RunAsync("restore", "--from", practice.Copy, "--data", practice.Again);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains($"put its master key back: {practice.Again}.master-key", output, StringComparison.Ordinal);
        Assert.Contains($"put its checkpoint keys back, unless they are configured elsewhere: {practice.Again}.checkpoint-keys", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_checkpoints_of_newer_records_When_restored_Then_it_says_what_the_backup_lacks()
    {
        await using var practice = await TempPractice.StartAsync();
        await PublishAsync(practice);
        await practice.BackUpAsync();
        var (code, output, error) = await practice.RestoreAsync();
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("The restore is on the log", output, StringComparison.Ordinal);
        Assert.DoesNotContain("went", error, StringComparison.Ordinal);
        Assert.DoesNotContain("newer ones", error, StringComparison.Ordinal);

        Directory.Delete(practice.Again, recursive: true);
        await practice.Ledger.AppendAsync(TempPractice.Log, AuditSamples.Records(300, 7), Ct);
        await PublishAsync(practice);
        (code, output, error) = await practice.RestoreAsync();
        Assert.Equal(ExitCodes.Done, code);
        Assert.DoesNotContain("is on the log", output, StringComparison.Ordinal);
        Assert.Equal(3, (await TempPractice.HeadInAsync(practice.Again, GrainKeys.System)).Size);
        Assert.Contains($"WARNING: {TempPractice.Log}: the backup has 300 records, and 307 were signed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_backup_that_is_cancelled_When_looked_at_Then_nothing_is_left()
    {
        await using var practice = await TempPractice.StartAsync();
        using var cancelled = new CancellationTokenSource();
        await using var output = new CancellingWriter(cancelled);
        var backup = new Backup(practice.Data, key: null, output, TextWriter.Null, practice.Time);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup.RunAsync(practice.Copy, cancelled.Token));
        Assert.Equal([practice.Data, practice.KeyFile], Directory.GetFileSystemEntries(practice.Root).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_the_draft_of_a_backup_that_was_killed_When_the_next_is_made_beside_it_Then_it_tells_of_it_and_leaves_it()
    {
        await using var practice = await TempPractice.StartAsync();
        var draft = Directory.CreateDirectory(practice.Copy + "-yesterday.0123abcd.draft");
        draft.CreateSubdirectory(PracticeFiles.LedgerFolder);
        var (code, _, error) = await practice.RunAsync("backup", "--data", practice.Data, "--out", practice.Copy);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains($"WARNING: {draft.FullName} holds a practice's data and was never finished", error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(draft.FullName));
    }

    [Fact]
    public async Task Given_a_folder_that_is_none_When_backed_up_Then_one_line_says_so()
    {
        await using var practice = await TempPractice.StartAsync();
        var (code, _, error) = await practice.RunAsync("backup", "--data", Path.Combine(practice.Root, "none"), "--out", practice.Copy);
        Assert.Equal((ExitCodes.Failed, "There is no ledger here." + Environment.NewLine), (code, error[(error.LastIndexOf("There", StringComparison.Ordinal))..]));
    }

    private static BackupManifest Manifest(string folder) => BackupManifest.Parse(File.ReadAllText(Path.Combine(folder, Backup.ManifestFile)));

    private static async Task RefusedAsync(TempPractice practice, string message)
    {
        var (code, _, error) = await practice.RestoreAsync();
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(practice.Root), path => path.StartsWith(practice.Again, StringComparison.Ordinal));
    }

    // Publishes beside the folder that will be restored to, as if it had been the service's.
    private static async Task PublishAsync(TempPractice practice)
    {
        using var publisher = new CheckpointPublisher(
            practice.Ledger, new CheckpointFolder(CheckpointFolder.BesideFolder(practice.Again)), NoteKeyFile.BesideFolder(practice.Again), new LedgerAlarm(), practice.Time);
        await publisher.PublishAsync(Ct);
    }

    // As grains do: the state, then its record on the stream, then the sink's append, then the acknowledgement.
    private static async Task LoadAsync(TempPractice practice, CancellationToken ct)
    {
        var grain = GrainId.Create("counter", $"{TempPractice.Log}/counter");
        string? etag = null;
        var sinking = Task.CompletedTask;
        for (var n = 1; !ct.IsCancellationRequested; n++)
        {
            etag = await practice.Grains.WriteStateAsync(grain, "state", Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture)), etag);
            var sequence = await practice.PublishAsync(n);
            sinking = SinkAsync(sinking, practice, sequence, AuditSamples.Records(300 + n, 1));
        }

        await sinking;
    }

    private static async Task SinkAsync(Task before, TempPractice practice, long sequence, LedgerRecord[] record)
    {
        await before;
        await practice.Ledger.AppendAsync(TempPractice.Log, record, CancellationToken.None);
        await practice.Grains.AcknowledgeAsync(TempPractice.Stream, TempPractice.Sink, sequence);
    }

    /// <summary>Cancels when something is written.</summary>
    private sealed class CancellingWriter(CancellationTokenSource cancel) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Task WriteLineAsync(string? value)
        {
            cancel.Cancel();
            return Task.CompletedTask;
        }
    }
}
