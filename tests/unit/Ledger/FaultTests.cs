using System.Collections.Concurrent;
using System.Text;
using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class FaultTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, InlineData("ledger.db"), InlineData("ledger.db-wal"), InlineData("ledger.db-shm")]
    public async Task Given_a_file_deleted_under_the_store_When_used_Then_it_refuses_until_the_file_is_back(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be deleted.");
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(100, 10), Ct);
        var path = Path.Combine(ledger.Folder, file);
        var aside = path + ".aside";
        File.Move(path, aside);
        if (file == "ledger.db")
        {
            await AssertRefusesAsync(store);
            await AssertRefusesAsync(store);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.HeadAsync(Samples.Log, Ct));
            Assert.False(File.Exists(path), "a new ledger was begun in place of the lost one");
        }

        File.Move(aside, path, overwrite: true);
        Assert.Equal(110, (await store.AppendAsync(Samples.Log, [Samples.Record(110)], Ct))[0].Index);
        await store.DisposeAsync();
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_the_write_ahead_log_deleted_When_appended_to_Then_what_was_acknowledged_is_saved_and_it_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be deleted.");
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(100, 20), Ct);
        File.Delete(ledger.DatabasePath + "-wal");
        var appended = await store.AppendAsync(Samples.Log, Samples.Records(119, 3), Ct);
        Assert.Equal([119, 120, 121], appended.Select(a => a.Index));
        Assert.Equal(122, (await store.HeadAsync(Samples.Log, Ct)).Size);
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal(122, report.Records);
    }

    [Theory, InlineData("ledger.db-wal"), InlineData("ledger.db-shm")]
    public async Task Given_a_file_deleted_while_many_append_and_read_When_all_is_done_Then_nothing_acknowledged_is_missing(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be deleted.");
        await using var ledger = new TempLedger();
        var store = await ledger.OpenAsync();
        var acknowledged = new ConcurrentBag<Appended>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 60; i++)
            {
                if (caller == 0 && i % 20 == 10) File.Delete(Path.Combine(ledger.Folder, file));
                try
                {
                    foreach (var appended in await store.AppendAsync(Samples.Log, Samples.Records(caller * 1000 + 2 * i, 2), Ct)) acknowledged.Add(appended);
                    await store.QueryAsync(Samples.Log, new LedgerQuery { PatientId = Samples.Patient(3) }, Ct);
                }
                catch (LedgerUnavailableException)
                {
                    // Refused while the files are in disorder, which is what it may do.
                }
            }
        })).WaitAsync(TimeSpan.FromSeconds(60), Ct);

        await store.AppendAsync(Samples.Log, Samples.Records(9000, 1), Ct);
        await store.DisposeAsync();
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal(acknowledged.Count, acknowledged.Select(a => a.Index).Distinct().Count());
        Assert.True(report.Records > acknowledged.Max(a => a.Index));
    }

    [Fact]
    public async Task Given_the_database_replaced_by_an_older_copy_When_appended_to_Then_it_is_refused_until_the_right_one_is_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let an open file be replaced.");
        await using var ledger = await TempLedger.WithAsync(100);
        var older = Copy(ledger.DatabasePath, ".older");
        await using (var grow = await SqliteLedgerStore.OpenAsync(ledger.Folder, ct: Ct)) await grow.AppendAsync(Samples.Log, Samples.Records(100, 50), Ct);
        var right = Copy(ledger.DatabasePath, ".right");

        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, [Samples.Record(149)], Ct);
        Replace(ledger, older);
        var damage = await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(150, 1), Ct));
        Assert.Equal(100, damage.Index);

        Replace(ledger, right);
        Assert.Equal(150, (await store.AppendAsync(Samples.Log, Samples.Records(150, 1), Ct))[0].Index);
    }

    [Fact]
    public async Task Given_a_database_rewritten_under_the_store_When_appended_to_Then_the_fork_is_noticed()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        await using var forger = await TempLedger.WithAsync(0);
        await using (var forged = await SqliteLedgerStore.OpenAsync(forger.Folder, ct: Ct)) await forged.AppendAsync(Samples.Log, Samples.Records(500, 120), Ct);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, [Samples.Record(99)], Ct);
        ledger.Tamper($"""
            ATTACH '{forger.DatabasePath}' AS forged;
            DELETE FROM tile; INSERT INTO tile SELECT * FROM forged.tile;
            DELETE FROM log; INSERT INTO log SELECT * FROM forged.log;
            """);
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(100, 1), Ct));
    }

    [Fact]
    public async Task Given_a_folder_that_lost_its_database_When_opened_Then_no_new_one_is_begun()
    {
        await using var ledger = await TempLedger.WithAsync(10);
        File.Delete(ledger.DatabasePath);
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync());
        Assert.Contains("gone", error.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(ledger.DatabasePath, [], Ct);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync());
    }

    [Fact]
    public async Task Given_the_database_of_another_ledger_When_opened_Then_it_is_refused()
    {
        await using var ledger = await TempLedger.WithAsync(10);
        await using var other = await TempLedger.WithAsync(20);
        File.Copy(other.DatabasePath, ledger.DatabasePath, overwrite: true);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync());
    }

    [Fact]
    public async Task Given_a_file_that_is_no_database_When_opened_Then_it_is_refused()
    {
        await using var ledger = await TempLedger.WithAsync(10);
        await File.WriteAllTextAsync(ledger.DatabasePath, new string('x', 10_000), Ct);
        await Assert.ThrowsAnyAsync<LedgerUnavailableException>(() => ledger.OpenAsync());
    }

    [Fact]
    public async Task Given_a_database_at_its_limit_When_appended_to_Then_nothing_of_the_batch_is_kept_and_reading_goes_on()
    {
        await using var ledger = await TempLedger.WithAsync(100);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { MaxBytes = new FileInfo(ledger.DatabasePath).Length + 5 * 4096 });
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(100, 5000), Ct));
        Assert.Equal(100, (await store.HeadAsync(Samples.Log, Ct)).Size);
        Assert.Equal(100, (await store.AppendAsync(Samples.Log, [Samples.Record(100)], Ct))[0].Index);
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_a_full_disk_When_appended_to_Then_it_refuses_and_goes_on_when_there_is_space()
    {
        await using var ledger = new TempLedger();
        using var disk = SmallDisk.TryMount(ledger.Folder, "size=3m");
        Assert.SkipWhen(disk is null, "This account may not mount a small file system.");
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(0, 10), Ct);
        var filler = Path.Combine(ledger.Folder, "filler");
        Fill(filler);
        var acknowledged = 10;
        await Assert.ThrowsAsync<LedgerUnavailableException>(async () =>
        {
            while (true)
            {
                await store.AppendAsync(Samples.Log, Samples.Records(acknowledged, 200), Ct);
                acknowledged += 200;
            }
        });
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(acknowledged, 200), Ct));
        File.Delete(filler);
        Assert.Equal(acknowledged, (await store.AppendAsync(Samples.Log, Samples.Records(acknowledged, 200), Ct))[0].Index);
        await store.DisposeAsync();
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_a_file_system_made_read_only_When_opened_Then_appends_are_refused_until_it_is_writable()
    {
        await using var ledger = new TempLedger();
        using var disk = SmallDisk.TryMount(ledger.Folder, "size=3m");
        Assert.SkipWhen(disk is null, "This account may not mount a small file system.");
        await using (var store = await SqliteLedgerStore.OpenAsync(ledger.Folder, ct: Ct)) await store.AppendAsync(Samples.Log, Samples.Records(0, 10), Ct);
        disk!.Remount("ro");
        await Assert.ThrowsAsync<LedgerUnavailableException>(async () =>
        {
            await using var store = await SqliteLedgerStore.OpenAsync(ledger.Folder, ct: Ct);
            await store.AppendAsync(Samples.Log, Samples.Records(10, 1), Ct);
        });
        Assert.True((await ledger.VerifyAsync()).IsSound);
        disk.Remount("rw");
        await using var writable = await SqliteLedgerStore.OpenAsync(ledger.Folder, ct: Ct);
        Assert.Equal(10, (await writable.AppendAsync(Samples.Log, Samples.Records(10, 1), Ct))[0].Index);
    }

    private static async Task AssertRefusesAsync(SqliteLedgerStore store) =>
        await Assert.ThrowsAnyAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(5000, 1), Ct));

    private static string Copy(string path, string suffix)
    {
        File.Copy(path, path + suffix, overwrite: true);
        return path + suffix;
    }

    /// <summary>Puts a copy in place as a restore does: the file becomes another one, and what belonged to the old one goes.</summary>
    private static void Replace(TempLedger ledger, string with)
    {
        File.Copy(with, ledger.DatabasePath + ".new", overwrite: true);
        File.Move(ledger.DatabasePath + ".new", ledger.DatabasePath, overwrite: true);
        File.Delete(ledger.DatabasePath + "-wal");
        File.Delete(ledger.DatabasePath + "-shm");
    }

    private static void Fill(string path)
    {
        using var stream = new FileStream(path, FileMode.CreateNew);
        var block = Encoding.ASCII.GetBytes(new string('.', 4096));
        try
        {
            while (true)
            {
                stream.Write(block);
                stream.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }
}
