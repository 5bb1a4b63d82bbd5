using JamEmr.Engine;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Disks that are full, broken or gone: refused in words, nothing acknowledged is lost, and it goes on afterwards.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Given_a_full_database_When_written_Then_it_is_refused_and_goes_on_when_there_is_room()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "kept");
        store.Interfere = AtBegin(static d => d.Execute("PRAGMA max_page_count = 1"));

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteStateAsync(Some.Grain(2), "state", new byte[100_000], null).AsTask());

        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Equal("kept", await store.ReadTextAsync(Some.Grain()));
        Assert.Null(await store.ReadTextAsync(Some.Grain(2)));
        store.Interfere = AtBegin(static d => d.Execute("PRAGMA max_page_count = 1000000"));
        await store.WriteStateAsync(Some.Grain(2), "state", new byte[100_000], null);
        await store.WriteTextAsync(Some.Grain(), "changed", etag);
    }

    [Fact]
    public async Task Given_a_disk_that_fills_up_When_written_until_it_refuses_Then_all_acknowledged_is_there_and_it_recovers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A small disk is made as Linux makes one.");
        await using var engine = new TempEngine();
        Directory.CreateDirectory(engine.Folder);
        Assert.SkipUnless(await Mount.TryAsync("-t", "tmpfs", "-o", "size=4m", "tmpfs", engine.Folder), "This user may not mount a small disk.");
        try
        {
            var ballast = Path.Combine(engine.Folder, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[1 << 20], Some.Ct);
            await using var store = await engine.OpenAsync();
            var written = 0;
            await Assert.ThrowsAsync<StorageUnavailableException>(async () =>
            {
                for (; written < 1000; written++) await store.WriteStateAsync(Some.Grain(written), "state", new byte[20_000], null);
            });

            await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteStateAsync(Some.Grain(written), "state", new byte[20_000], null).AsTask());
            for (var n = 0; n < written; n++) Assert.Equal(20_000, (await store.ReadStateAsync(Some.Grain(n), "state", Some.Ct))!.Value.Payload.Length);
            File.Delete(ballast);
            await store.WriteStateAsync(Some.Grain(written), "state", new byte[20_000], null);
            await store.DisposeAsync();

            await using var reopened = await engine.OpenAsync();
            for (var n = 0; n <= written; n++) Assert.Equal(20_000, (await reopened.ReadStateAsync(Some.Grain(n), "state", Some.Ct))!.Value.Payload.Length);
        }
        finally
        {
            await Mount.UndoAsync(engine.Folder);
        }
    }

    [Theory]
    [InlineData(raw.SQLITE_IOERR, "reports an error")]
    [InlineData(raw.SQLITE_READONLY, "read-only")]
    [InlineData(raw.SQLITE_FULL, "full")]
    [InlineData(raw.SQLITE_CORRUPT, "damaged")]
    public async Task Given_a_disk_that_fails_before_the_commit_When_it_works_again_Then_nothing_was_written_and_it_goes_on(int code, string says)
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one");
        var etag = await store.WriteTextAsync(Some.Grain(), "kept");
        store.Interfere = At(CommitStage.BeforeCommit, _ => throw new SqliteException("The disk failed.", code));

        var state = await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "lost", etag));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.AppendTextAsync(Some.Stream(), [Some.Sink()], "lost"));

        Assert.Contains(says, state.Message, StringComparison.Ordinal);
        Assert.Equal("kept", await store.ReadTextAsync(Some.Grain()));
        store.Interfere = null;
        await store.WriteTextAsync(Some.Grain(), "changed", etag);
        Assert.Equal(2, await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "two"));
        Assert.Equal(["one", "two"], await store.ReadTextsAsync(Some.Stream()));
    }

    [Fact]
    public async Task Given_a_commit_of_unknown_outcome_When_it_had_succeeded_Then_it_is_refused_and_reads_show_the_disk()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "before");
        await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one");
        store.Interfere = At(CommitStage.AfterCommit, _ => throw new SqliteException("The disk did not answer.", raw.SQLITE_IOERR));

        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "after", etag));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.AppendTextAsync(Some.Stream(), [Some.Sink()], "two"));

        store.Interfere = null;
        Assert.Equal("after", await store.ReadTextAsync(Some.Grain()));
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteTextAsync(Some.Grain(), "again", etag));
        Assert.Equal(3, await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "three"));
        Assert.Equal(["one", "two", "three"], await store.ReadTextsAsync(Some.Stream()));
    }

    [Fact]
    public async Task Given_a_failed_group_When_many_wait_Then_all_are_told_and_none_is_written()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.WriteTextAsync(Some.Grain(0), "key");
        store.Interfere = At(CommitStage.BeforeCommit, _ => throw new SqliteException("The disk failed.", raw.SQLITE_IOERR));

        var writes = Enumerable.Range(1, 200).Select(n => store.WriteTextAsync(Some.Grain(n), "lost")).ToArray();

        foreach (var write in writes) await Assert.ThrowsAsync<StorageUnavailableException>(() => write);
        store.Interfere = null;
        for (var n = 1; n <= 200; n++) Assert.Null(await store.ReadTextAsync(Some.Grain(n)));
    }

    [Theory]
    [InlineData(".db")]
    [InlineData(".db-wal")]
    public async Task Given_a_file_of_the_database_moved_away_When_used_Then_it_is_refused_until_that_file_is_back(string ending)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Open files can be moved on Unix only, and are told apart on Linux.");
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "kept");
        var path = Path.ChangeExtension(engine.DatabasePath, null) + ending;
        File.Move(path, path + ".away");

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "lost", etag));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.ReadTextAsync(Some.Grain()));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        File.Move(path + ".away", path);
        Assert.Equal("kept", await store.ReadTextAsync(Some.Grain()));
        await store.WriteTextAsync(Some.Grain(), "changed", etag);
        await store.DisposeAsync();
        Assert.Equal("changed", await (await engine.OpenAsync()).ReadTextAsync(Some.Grain()));
    }

    [Fact]
    public async Task Given_a_database_replaced_by_another_file_When_used_Then_it_is_refused_and_the_other_file_is_untouched()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Open files can be replaced on Unix only, and are told apart on Linux.");
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "kept");
        File.Copy(engine.DatabasePath, engine.DatabasePath + ".copy");
        var copy = await File.ReadAllBytesAsync(engine.DatabasePath + ".copy", Some.Ct);
        File.Move(engine.DatabasePath + ".copy", engine.DatabasePath, overwrite: true);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "lost", etag));

        Assert.Equal(copy, await File.ReadAllBytesAsync(engine.DatabasePath, Some.Ct));
    }

    [Fact]
    public async Task Given_a_database_deleted_while_a_group_commits_When_it_has_committed_Then_it_is_not_acknowledged()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Open files can be deleted on Unix only.");
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "kept");
        store.Interfere = At(CommitStage.BeforeCommit, _ => File.Delete(engine.DatabasePath));

        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.WriteTextAsync(Some.Grain(), "lost", etag));

        Assert.False(File.Exists(engine.DatabasePath));
    }

    private static Action<CommitStage, SqliteDatabase> AtBegin(Action<SqliteDatabase> act) => At(CommitStage.BeforeBegin, act);

    private static Action<CommitStage, SqliteDatabase> At(CommitStage when, Action<SqliteDatabase> act) => (stage, database) =>
    {
        if (stage == when) act(database);
    };
}
