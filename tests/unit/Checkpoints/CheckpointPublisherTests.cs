using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Unit.Ledger;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class CheckpointPublisherTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_new_records_When_published_Then_a_signed_checkpoint_is_outside_and_inside()
    {
        await using var clinic = await Installation.WithAsync(records: 300);
        var (checkpoint, note) = clinic.Newest();
        var head = await clinic.Ledger.HeadAsync(Installation.Log, Ct);
        Assert.Equal(head, new TreeHead(checkpoint.Size, checkpoint.Root));
        Assert.Matches("^jamemr-[0-9a-f]{32}/practice-1$", checkpoint.Origin);
        Assert.Equal(note.ToString(), Assert.Single(await clinic.Ledger.CheckpointsAsync(Installation.Log, Ct)).Note);
        Assert.Null(clinic.Alarm.Reason(Installation.Log));
    }

    [Fact]
    public async Task Given_nothing_new_When_published_again_Then_nothing_is_signed()
    {
        await using var clinic = await Installation.WithAsync(records: 3);
        var before = clinic.Newest().Note.ToString();
        Assert.Empty(await clinic.PublishAsync());
        await clinic.StartAsync();
        Assert.Empty(await clinic.PublishAsync());
        Assert.Equal(before, clinic.Newest().Note.ToString());
    }

    [Fact]
    public async Task Given_records_that_a_crash_left_unpublished_When_started_Then_they_are_published_without_another()
    {
        await using var clinic = await Installation.WithAsync(records: 3);
        await clinic.AppendAsync(3, 4);
        await clinic.StartAsync();
        var publication = Assert.Single(await clinic.PublishAsync());
        Assert.Equal((PublicationStatus.Published, 7), (publication.Status, publication.Size));
        Assert.Equal(7, clinic.Newest().Checkpoint.Size);
    }

    [Fact]
    public async Task Given_hours_of_work_When_published_Then_the_history_has_the_first_of_each_hour()
    {
        await using var clinic = await Installation.WithAsync(records: 1);
        for (var i = 1; i < 7; i++)
        {
            clinic.Time.Advance(TimeSpan.FromMinutes(20));
            await clinic.AppendAsync(i, 1);
            await clinic.PublishAsync();
        }

        var history = await File.ReadAllLinesAsync(Path.Combine(clinic.Folder.Location, Installation.Log, "history"), Ct);
        Assert.Equal(3, history.Length);
        Assert.Contains("\"time\":\"2026-03-02T11:00:00+00:00\"", history[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_older_copy_restored_while_stopped_When_started_Then_nothing_is_signed_and_the_alarm_is_raised()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        var copy = clinic.Backup();
        await clinic.StartAsync();
        await clinic.AppendAsync(5, 5);
        await clinic.PublishAsync();
        var newest = clinic.Newest().Note.ToString();
        await clinic.StopAsync();
        clinic.Restore(copy);

        await clinic.StartAsync();
        var refused = Assert.Single(await clinic.PublishAsync());
        Assert.Equal(PublicationStatus.Refused, refused.Status);
        Assert.Contains("went back: it has 5 records, and 10", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(refused.Reason, clinic.Alarm.Reason(Installation.Log));
        Assert.Empty(await clinic.PublishAsync()); // told once

        // It goes on growing, past what was signed: it is another log now.
        await clinic.AppendAsync(100, 20);
        Assert.Contains("rewritten", Assert.Single(await clinic.PublishAsync()).Reason, StringComparison.Ordinal);
        Assert.Equal(newest, clinic.Newest().Note.ToString());
    }

    [Fact]
    public async Task Given_an_alarm_When_the_newest_copy_is_restored_Then_it_ends()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        var old = clinic.Backup();
        await clinic.StartAsync();
        await clinic.AppendAsync(5, 5);
        await clinic.PublishAsync();
        await clinic.StopAsync();
        var young = clinic.Backup();
        clinic.Restore(old);
        await clinic.StartAsync();
        await clinic.PublishAsync();
        Assert.True(clinic.Alarm.IsRaised);

        await clinic.StopAsync();
        clinic.Restore(young);
        await clinic.StartAsync();
        await clinic.AppendAsync(10, 1);
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.False(clinic.Alarm.IsRaised);
    }

    [Fact]
    public async Task Given_an_alarm_that_can_end_When_signing_fails_once_Then_its_end_is_told_with_the_next_round()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        clinic.Alarm.Raise(Installation.Log, "Something was wrong.");
        await clinic.AppendAsync(5, 1);
        var newest = Path.Combine(clinic.Folder.Location, Installation.Log, "checkpoint");
        File.Delete(newest);
        Directory.CreateDirectory(newest);
        Assert.Equal(PublicationStatus.Failed, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.True(clinic.Alarm.IsRaised);

        Directory.Delete(newest);
        Assert.Equal(PublicationStatus.Recovered, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.False(clinic.Alarm.IsRaised);
        Assert.Equal(6, clinic.Newest().Checkpoint.Size);
    }

    [Fact]
    public async Task Given_a_clock_that_goes_back_When_published_Then_it_fails_without_an_alarm_until_the_clock_is_right()
    {
        await using var clinic = await Installation.WithAsync(records: 3);
        await clinic.AppendAsync(3, 1);
        clinic.Time.Jump(TimeSpan.FromDays(-1));
        var failed = Assert.Single(await clinic.PublishAsync());
        Assert.Equal(PublicationStatus.Failed, failed.Status);
        Assert.Contains("check the clock", failed.Reason, StringComparison.Ordinal);
        Assert.False(clinic.Alarm.IsRaised);

        clinic.Time.Jump(TimeSpan.FromDays(1));
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
    }

    [Fact]
    public async Task Given_a_ledger_replaced_by_an_empty_one_When_started_Then_the_alarm_is_raised_for_the_log_that_is_gone()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        Directory.Delete(Path.Combine(clinic.DataFolder, "ledger"), recursive: true);
        await clinic.StartAsync();
        var refused = Assert.Single(await clinic.PublishAsync());
        Assert.Equal((Installation.Log, PublicationStatus.Refused), (refused.Log, refused.Status));
    }

    [Fact]
    public async Task Given_a_rewritten_log_of_the_same_size_When_started_Then_it_is_refused()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        var ledger = Path.Combine(clinic.DataFolder, "ledger");
        Directory.Delete(ledger, recursive: true);
        await using (var forged = await SqliteLedgerStore.OpenAsync(ledger, ct: Ct)) await forged.AppendAsync(Installation.Log, Samples.Records(100, 5), Ct);
        await clinic.StartAsync();
        Assert.Contains("rewritten: its first 5 records", Assert.Single(await clinic.PublishAsync()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_checkpoint_outside_is_gone_When_started_Then_the_one_inside_still_tells()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        Directory.Delete(clinic.Folder.Location, recursive: true);
        await clinic.StartAsync();
        Assert.Empty(await clinic.PublishAsync());
        await clinic.AppendAsync(5, 1);
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.Equal(6, clinic.Newest().Checkpoint.Size);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("jamemr-0/practice-1\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— jamemr-0 wNI9ajBEAg==\n")]
    public async Task Given_a_checkpoint_outside_that_was_changed_When_started_Then_nothing_is_signed(string text)
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(clinic.Folder.Location, Installation.Log, "checkpoint"), text, Ct);
        await clinic.StartAsync();
        Assert.Equal(PublicationStatus.Refused, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.True(clinic.Alarm.IsRaised);
    }

    [Fact]
    public async Task Given_signed_checkpoints_When_the_key_file_is_gone_Then_no_new_key_is_made()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        File.Delete(clinic.KeyFile);
        await clinic.StartAsync();
        var e = await Assert.ThrowsAsync<NoteException>(clinic.PublishAsync);
        Assert.Contains("restore", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(clinic.KeyFile));
        Directory.Delete(clinic.Folder.Location, recursive: true);
        await Assert.ThrowsAsync<NoteException>(clinic.PublishAsync); // the database remembers too
    }

    [Fact]
    public async Task Given_a_running_publisher_When_the_key_is_rotated_Then_both_sign_until_the_overlap_ends_and_old_checkpoints_verify()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        var first = clinic.Newest().Note;
        var old = clinic.Publisher.Keys!.Keys[0].Key;
        clinic.Time.Advance(TimeSpan.FromHours(1));
        NoteKeyFile.Rotate(clinic.KeyFile, NoteKeyType.Ecdsa, TimeSpan.FromDays(30), clinic.Time.GetUtcNow());

        // The newest checkpoint is signed again, with both, though nothing was appended.
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
        var young = clinic.Publisher.Keys!.Keys[1].Key;
        Assert.Equal([old, young], clinic.Newest().Note.Verify(old, young));

        clinic.Time.Advance(TimeSpan.FromDays(31));
        await clinic.AppendAsync(5, 1);
        await clinic.PublishAsync();
        Assert.Equal([young], clinic.Newest().Note.Verify(old, young));
        Assert.Single(first.Verify(clinic.Publisher.Keys!.Verifiers));

        await clinic.StartAsync();
        await clinic.AppendAsync(6, 1);
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
    }

    [Fact]
    public async Task Given_records_lost_for_good_When_the_operator_begins_again_Then_what_is_left_is_signed_under_another_name_that_tells()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        await clinic.StopAsync();
        var copy = clinic.Backup();
        await clinic.StartAsync();
        await clinic.AppendAsync(5, 5);
        await clinic.PublishAsync();
        var lost = clinic.Newest();
        await clinic.StopAsync();
        clinic.Restore(copy);
        await clinic.StartAsync();
        await clinic.PublishAsync();
        Assert.Contains("docs/runbooks/ledger-alarm.md", clinic.Alarm.Reason(Installation.Log), StringComparison.Ordinal);

        await clinic.StopAsync();
        var (published, before) = NoteKeyFile.BeginAgain(clinic.KeyFile, "jamemr-new", NoteKeyType.Ecdsa, clinic.Time.GetUtcNow());
        NoteKeyFile.Rotate(clinic.KeyFile, NoteKeyType.Ecdsa, TimeSpan.FromDays(1), clinic.Time.GetUtcNow()); // keeps the name before
        Assert.Single(published.Keys);
        await clinic.StartAsync();
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
        Assert.Equal((5L, "jamemr-new/practice-1"), (clinic.Newest().Checkpoint.Size, clinic.Newest().Checkpoint.Origin));
        Assert.False(clinic.Alarm.IsRaised);
        using var kept = NoteKeyFile.Read(before, NoteKeyType.Ecdsa);
        Assert.Single(lost.Note.Verify(kept.Published.Verifiers));
        Assert.Contains($"after {kept.Name}\n", await File.ReadAllTextAsync(clinic.KeyFile, Ct), StringComparison.Ordinal);

        // From here on the same rules hold again.
        await clinic.AppendAsync(50, 5);
        await clinic.PublishAsync();
        await clinic.StopAsync();
        clinic.Restore(copy);
        await clinic.StartAsync();
        Assert.Equal(PublicationStatus.Refused, Assert.Single(await clinic.PublishAsync()).Status);
    }

    [Fact]
    public async Task Given_two_publishers_of_one_ledger_When_both_publish_Then_neither_contradicts_the_other()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        using var other = new CheckpointPublisher(clinic.Ledger, clinic.Folder, clinic.KeyFile, clinic.Alarm, clinic.Time);
        for (var i = 5; i < 25; i++)
        {
            await clinic.AppendAsync(i, 1);
            await Task.WhenAll(clinic.PublishAsync(), other.PublishAsync(Ct));
        }

        Assert.False(clinic.Alarm.IsRaised);
        Assert.Equal(25, clinic.Newest().Checkpoint.Size);
    }

    [Fact]
    public async Task Given_an_unwritable_folder_When_published_Then_it_fails_and_later_succeeds()
    {
        await using var clinic = await Installation.WithAsync(records: 5);
        var blocked = Path.Combine(clinic.Folder.Location, Installation.Log);
        Directory.Delete(blocked, recursive: true);
        await File.WriteAllTextAsync(blocked, "", Ct);
        await clinic.AppendAsync(5, 1);
        Assert.Equal(PublicationStatus.Failed, Assert.Single(await clinic.PublishAsync()).Status);
        File.Delete(blocked);
        Assert.Equal(PublicationStatus.Published, Assert.Single(await clinic.PublishAsync()).Status);
    }
}
