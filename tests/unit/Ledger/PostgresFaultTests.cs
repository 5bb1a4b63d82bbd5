using System.Collections.Concurrent;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>What is done to the database's server and what the store says meanwhile. The server is these tests' own.</summary>
public sealed class PostgresFaultTests(OwnPostgres own) : IClassFixture<OwnPostgres>
{
    private const string TerminateOthers = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jamemr-ledger'";

    // Waited for to its end where the server stands still; beside it, long enough for a machine at work.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_server_that_is_gone_When_used_Then_everything_is_refused_until_it_is_back()
    {
        await using var ledger = await PostgresLedger.WithAsync(100, own.Server);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(100, 10), Ct);
        await own.Server.KillAsync();
        for (var i = 0; i < 2; i++) await AssertRefusesAsync(store);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync());

        await own.Server.StartAgainAsync();
        await store.ProbeAsync(Ct);
        Assert.Equal(110, (await store.HeadAsync(Samples.Log, Ct)).Size);
        Assert.Equal(110, (await store.AppendAsync(Samples.Log, [Samples.Record(110)], Ct))[0].Index);
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_a_server_that_does_not_answer_When_used_Then_it_is_given_up_and_nothing_comes_twice()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        var store = await ledger.OpenAsync(await ledger.OptionsAsync() with { Timeout = Short });
        await store.AppendAsync(Samples.Log, [Samples.Record(10)], Ct);
        await own.Server.FreezeAsync();
        try
        {
            var refused = Enumerable.Range(0, 5)
                .Select(i => Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(20 + i, 1), Ct))).ToList();
            await Task.WhenAll(refused).WaitAsync(Guard, Ct);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct)).WaitAsync(Guard, Ct);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.HeadAsync(Samples.Log, Ct)).WaitAsync(Guard, Ct);
        }
        finally
        {
            await own.Server.ThawAsync();
        }

        // What it took in while it stood still, it does first.
        await own.Server.ExecuteAsync("postgres", "SELECT 1");
        await store.AppendAsync(Samples.Log, Samples.Records(20, 5), Ct);
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.First?.Message);
        Assert.Equal(16, report.Records);
    }

    [Fact]
    public async Task Given_a_server_that_crashes_while_many_append_When_it_is_back_Then_every_acknowledged_record_is_there_once()
    {
        await using var ledger = new PostgresLedger(own.Server);
        var store = await ledger.OpenAsync(await ledger.OptionsAsync() with { Timeout = Short });
        var acknowledged = new ConcurrentDictionary<int, long>();
        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 100_000 && !enough.IsCancellationRequested; i++)
            {
                var number = caller * 100_000 + i;
                try
                {
                    acknowledged[number] = (await store.AppendAsync(Samples.Log, [Samples.Record(number)], Ct))[0].Index;
                }
                catch (LedgerUnavailableException)
                {
                    // Not acknowledged, and not asked for again here.
                    await Task.Yield();
                }
            }
        }).ToList();
        for (var round = 0; round < 3; round++)
        {
            var before = acknowledged.Count;
            while (acknowledged.Count < before + 50) await Task.Delay(5, Ct).WaitAsync(Guard, Ct);
            await own.Server.KillAsync();
            await own.Server.StartAgainAsync();
        }

        await enough.CancelAsync();
        await Task.WhenAll(callers).WaitAsync(Guard, Ct);
        var leaves = await store.ReadAsync(Samples.Log, 0, 1_000_000, Ct);
        Assert.All(acknowledged, one => Assert.Equal(Samples.Id(one.Key), leaves[(int)one.Value].Columns!.RecordId));
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Given_connections_that_were_cut_When_used_Then_others_take_their_place()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        var store = await ledger.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.HeadAsync(Samples.Log, Ct)));
        await store.AppendAsync(Samples.Log, [Samples.Record(10)], Ct);
        await own.Server.ExecuteAsync("postgres", TerminateOthers);
        Assert.Equal(11, (await store.AppendAsync(Samples.Log, [Samples.Record(11)], Ct))[0].Index);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => Assert.Equal(12, (await store.HeadAsync(Samples.Log, Ct)).Size)));
        await store.ProbeAsync(Ct);
    }

    [Theory]
    [InlineData("default_transaction_read_only", "on", "read-only")]
    [InlineData("synchronous_commit", "off", "synchronous_commit")]
    public async Task Given_a_database_that_may_not_or_would_not_write_When_appended_to_Then_it_is_refused_until_that_is_put_right(string setting, string value, string told)
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        var store = await ledger.OpenAsync();
        await own.Server.ExecuteAsync("template1", $"ALTER DATABASE postgres SET {setting} = {value}; {TerminateOthers}");
        try
        {
            await AssertRefusesAsync(store, told, head: false);
            if (setting == "synchronous_commit")
                Assert.Contains(told, (await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync())).Message, StringComparison.Ordinal);
            Assert.Equal(10, (await store.HeadAsync(Samples.Log, Ct)).Size);
        }
        finally
        {
            await own.Server.ExecuteAsync("template1", $"ALTER DATABASE postgres RESET {setting}; {TerminateOthers}");
        }

        Assert.Equal(10, (await store.AppendAsync(Samples.Log, [Samples.Record(10)], Ct))[0].Index);
    }

    [Fact]
    public async Task Given_a_server_without_fsync_When_opened_or_appended_to_Then_it_is_refused()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        var store = await ledger.OpenAsync();
        await own.Server.ExecuteAsync("postgres", "ALTER SYSTEM SET fsync = off");
        await own.Server.KillAsync();
        await own.Server.StartAgainAsync();
        try
        {
            await AssertRefusesAsync(store, "fsync", head: false);
            Assert.Contains("fsync", (await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync())).Message, StringComparison.Ordinal);
        }
        finally
        {
            await own.Server.ExecuteAsync("postgres", "ALTER SYSTEM RESET fsync");
            await own.Server.KillAsync();
            await own.Server.StartAgainAsync();
        }

        Assert.Equal(10, (await store.AppendAsync(Samples.Log, [Samples.Record(10)], Ct))[0].Index);
    }

    [Fact]
    public async Task Given_a_disk_that_is_full_When_appended_to_Then_it_refuses_and_goes_on_when_there_is_space()
    {
        await using var disk = await own.TryMountAsync("size=2m");
        Assert.SkipWhen(disk is null, "This account may not mount a small file system.");
        await using var ledger = new PostgresLedger(own.Server);
        var options = await ledger.OptionsAsync();
        var small = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Options = $"-c default_tablespace={SmallTablespace.Name}" };
        var store = await ledger.OpenAsync(options with { ConnectionString = small.ConnectionString });
        var acknowledged = 0;
        var full = await Assert.ThrowsAsync<LedgerUnavailableException>(async () =>
        {
            for (; acknowledged < 100_000; acknowledged += 100) await store.AppendAsync(Samples.Log, Samples.Records(acknowledged, 100), Ct);
        });
        Assert.Contains("no space", full.Message, StringComparison.Ordinal);
        Assert.Equal(acknowledged, (await store.HeadAsync(Samples.Log, Ct)).Size);

        disk.Grow("size=20m");
        Assert.Equal(acknowledged, (await store.AppendAsync(Samples.Log, Samples.Records(acknowledged, 100), Ct))[0].Index);
        Assert.True((await ledger.VerifyAsync()).IsSound);
        await ledger.DisposeAsync();
        await own.Server.ExecuteAsync("postgres", $"DROP SCHEMA {ledger.Schema} CASCADE");
    }

    [Fact]
    public async Task Given_another_writer_that_holds_the_log_When_appended_to_Then_it_is_refused_and_goes_on_afterwards()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        // Long enough that it is the lock that is given up first, on a machine at work too.
        var store = await ledger.OpenAsync(await ledger.OptionsAsync() with { Timeout = TimeSpan.FromSeconds(8) });
        await using (var holder = new NpgsqlConnection((await ledger.OptionsAsync()).ConnectionString))
        {
            await holder.OpenAsync(Ct);
            await using var transaction = await holder.BeginTransactionAsync(Ct);
            await using var hold = new NpgsqlCommand($"SELECT 1 FROM {ledger.Schema}.ledger_log FOR UPDATE", holder);
            await hold.ExecuteScalarAsync(Ct);
            var refused = await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(10, 1), Ct));
            Assert.Contains("another writer", refused.Message, StringComparison.Ordinal);

            using var gaveUp = new CancellationTokenSource();
            var waiting = store.AppendAsync(Samples.Log, Samples.Records(10, 1), gaveUp.Token);
            await gaveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            Assert.Equal(10, (await store.HeadAsync(Samples.Log, Ct)).Size);
        }

        await store.AppendAsync(Samples.Log, Samples.Records(10, 2), Ct);
        Assert.Equal(12, (await ledger.VerifyAsync()).Records);
    }

    [Fact]
    public async Task Given_a_database_put_back_to_an_older_copy_When_appended_to_Then_it_is_refused_until_the_right_one_is_back()
    {
        await using var ledger = await PostgresLedger.WithAsync(100, own.Server);
        await ledger.ExecuteAsync("CREATE TABLE older AS SELECT * FROM ledger_log");
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(100, 50), Ct);
        await ledger.ExecuteAsync("""
            CREATE TABLE right_log AS SELECT * FROM ledger_log; CREATE TABLE right_entry AS SELECT * FROM ledger_entry WHERE idx >= 100;
            DELETE FROM ledger_entry WHERE idx >= 100; UPDATE ledger_log l SET (size, root, edge) = (o.size, o.root, o.edge) FROM older o
            """);
        for (var i = 0; i < 2; i++)
        {
            var damage = await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(150, 1), Ct));
            Assert.Equal(100, damage.Index);
        }

        await ledger.ExecuteAsync(
            "INSERT INTO ledger_entry SELECT * FROM right_entry; UPDATE ledger_log l SET (size, root, edge) = (o.size, o.root, o.edge) FROM right_log o");
        Assert.Equal(150, (await store.AppendAsync(Samples.Log, Samples.Records(150, 1), Ct))[0].Index);
    }

    [Fact]
    public async Task Given_a_database_rewritten_under_the_store_When_appended_to_Then_the_fork_is_noticed()
    {
        await using var ledger = await PostgresLedger.WithAsync(100, own.Server);
        await using var forger = new PostgresLedger(own.Server);
        await (await forger.OpenAsync()).AppendAsync(Samples.Log, Samples.Records(500, 120), Ct);
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, [Samples.Record(99)], Ct);
        await ledger.ExecuteAsync($"""
            DELETE FROM ledger_entry; INSERT INTO ledger_entry SELECT * FROM {forger.Schema}.ledger_entry;
            UPDATE ledger_log l SET (size, root, edge) = (o.size, o.root, o.edge) FROM {forger.Schema}.ledger_log o
            """);
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(100, 1), Ct));
    }

    [Fact]
    public async Task Given_tables_dropped_under_the_store_When_used_Then_no_new_ones_are_begun()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        var store = await ledger.OpenAsync();
        await ledger.ExecuteAsync($"DROP SCHEMA {ledger.Schema} CASCADE");
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.AppendAsync(Samples.Log, Samples.Records(10, 1), Ct));
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.HeadAsync(Samples.Log, Ct));
        await Assert.ThrowsAsync<LedgerDamagedException>(() => store.ProbeAsync(Ct));
    }

    [Fact]
    public async Task Given_tables_of_another_script_When_opened_Then_it_is_refused()
    {
        await using var ledger = await PostgresLedger.WithAsync(10, own.Server);
        await ledger.ExecuteAsync("UPDATE ledger_migration SET sha256 = sha256('')");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync());
    }

    [Fact]
    public async Task Given_a_database_that_is_not_there_When_opened_Then_it_is_refused_without_the_password()
    {
        var connection = new NpgsqlConnectionStringBuilder(own.Server.Connection("no_such_database")) { Password = "correct-horse" };
        var refused = await Assert.ThrowsAsync<LedgerUnavailableException>(
            () => PostgresLedgerStore.OpenAsync(new PostgresLedgerOptions { ConnectionString = connection.ConnectionString }, Ct));
        Assert.DoesNotContain("correct-horse", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory, InlineData("Ledger"), InlineData("1st"), InlineData("a; DROP SCHEMA public"), InlineData("")]
    public async Task Given_a_schema_of_a_name_that_is_none_When_opened_Then_it_is_refused(string schema) => await Assert.ThrowsAnyAsync<ArgumentException>(
        () => PostgresLedgerStore.OpenAsync(new PostgresLedgerOptions { ConnectionString = own.Server.Connection("postgres"), Schema = schema }, Ct));

    private static async Task AssertRefusesAsync(PostgresLedgerStore store, string? told = null, bool head = true)
    {
        var refused = await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(5000, 1), Ct)).WaitAsync(Guard, Ct);
        if (told is not null) Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.ProbeAsync(Ct)).WaitAsync(Guard, Ct);
        if (head) await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.HeadAsync(Samples.Log, Ct)).WaitAsync(Guard, Ct);
    }
}
