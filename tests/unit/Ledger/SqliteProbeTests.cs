using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class SqliteProbeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_sound_store_When_probed_Then_it_answers_and_the_log_is_as_it_was()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync();
        var head = await store.HeadAsync(Samples.Log, Ct);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.ProbeAsync(Ct)));
        Assert.Equal(head, await store.HeadAsync(Samples.Log, Ct));
        Assert.Null(await store.CheckAsync(Ct));
    }

    [Fact]
    public async Task Given_a_store_for_reading_only_When_probed_Then_it_is_no_store_to_write_to()
    {
        await using var ledger = await TempLedger.WithAsync(1);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { ReadOnly = true });
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct));
    }

    [Theory, InlineData("ledger.db"), InlineData("ledger.db-wal")]
    public async Task Given_a_file_moved_away_When_probed_Then_it_fails_until_the_file_is_back_unless_what_was_in_it_could_be_saved(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be moved.");
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(100, 10), Ct);
        var path = Path.Combine(ledger.Folder, file);
        File.Move(path, path + ".aside");
        if (file == "ledger.db")
        {
            await Assert.ThrowsAnyAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct));
            await Assert.ThrowsAnyAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct));
            File.Move(path + ".aside", path);
        }

        await store.ProbeAsync(Ct);
        Assert.Equal(110, (await store.AppendAsync(Samples.Log, [Samples.Record(110)], Ct))[0].Index);
        await store.DisposeAsync();
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_a_database_at_its_limit_When_probed_Then_it_says_that_there_is_no_space()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { MaxBytes = new FileInfo(ledger.DatabasePath).Length });
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct));
        Assert.Contains("space", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_another_process_that_holds_the_database_When_probed_Then_whoever_gives_up_does_not_wait_and_it_works_when_let_go()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { BusyMilliseconds = 600_000 });
        using (var other = Database.Open(ledger.DatabasePath, readOnly: false, busyMilliseconds: 0))
        {
            other.Execute("BEGIN IMMEDIATE");
            using var enough = new CancellationTokenSource();
            var given = store.ProbeAsync(enough.Token);
            Assert.False(given.IsCompleted);
            await enough.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            other.Execute("ROLLBACK");
        }

        // The probe that waited for the lock has it now.
        await store.AppendAsync(Samples.Log, [Samples.Record(100)], Ct);
        await store.ProbeAsync(Ct);
    }

    [Fact]
    public async Task Given_another_process_that_holds_the_database_for_longer_than_a_write_waits_When_probed_Then_it_says_so_and_nothing_else()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { BusyMilliseconds = 1500 });
        using var other = Database.Open(ledger.DatabasePath, readOnly: false, busyMilliseconds: 0);
        other.Execute("BEGIN IMMEDIATE");
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct));
        Assert.Contains("another writer", error.Message, StringComparison.Ordinal);
        other.Execute("ROLLBACK");
    }
}
