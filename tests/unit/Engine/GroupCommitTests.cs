using JamEmr.Engine;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Callers that come together share a commit; what is wrong with one is not wrong with its neighbours.</summary>
public sealed class GroupCommitTests
{
    [Fact]
    public async Task Given_writers_that_come_while_one_commits_When_it_is_done_Then_they_share_the_next_commit()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        using var disk = new HeldDisk(store);
        var first = store.WriteTextAsync(Some.Grain(0), "first");
        disk.WaitUntilReached();

        var others = Enumerable.Range(1, 100).Select(n => store.WriteTextAsync(Some.Grain(n), $"state {n}")).ToArray();
        disk.Release();
        await first;
        await Task.WhenAll(others);

        Assert.Equal(2, disk.Commits);
        for (var n = 1; n <= 100; n++) Assert.Equal($"state {n}", await store.ReadTextAsync(Some.Grain(n)));
    }

    [Fact]
    public async Task Given_two_writers_of_one_etag_in_a_group_When_committed_Then_the_first_wins_and_only_the_second_fails()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var etag = await store.WriteTextAsync(Some.Grain(), "base");
        using var disk = new HeldDisk(store);
        var before = store.WriteTextAsync(Some.Grain(2), "before");
        disk.WaitUntilReached();

        var first = store.WriteTextAsync(Some.Grain(), "first", etag);
        var second = store.WriteTextAsync(Some.Grain(), "second", etag);
        var neighbour = store.WriteTextAsync(Some.Grain(3), "neighbour");
        disk.Release();
        await before;

        await first;
        await Assert.ThrowsAsync<InconsistentStateException>(() => second);
        await neighbour;
        Assert.Equal(2, disk.Commits);
        Assert.Equal("first", await store.ReadTextAsync(Some.Grain()));
        Assert.Equal("neighbour", await store.ReadTextAsync(Some.Grain(3)));
    }

    [Fact]
    public async Task Given_an_operation_that_cannot_be_written_When_in_a_group_Then_it_fails_alone()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        using var disk = new HeldDisk(store, "CREATE TEMP TRIGGER poison BEFORE INSERT ON grain_state WHEN NEW.name = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END");
        var before = store.WriteTextAsync(Some.Grain(0), "before");
        disk.WaitUntilReached();

        var good = store.WriteTextAsync(Some.Grain(1), "good");
        var events = store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one", "two");
        var bad = store.WriteTextAsync(Some.Grain(2), "bad", name: "poison");
        var alsoGood = store.WriteTextAsync(Some.Grain(3), "also good");
        disk.Release();
        await before;

        await Assert.ThrowsAsync<StorageUnavailableException>(() => bad);
        await good;
        await alsoGood;
        Assert.Equal(2, await events);
        Assert.Equal(["one", "two"], await store.ReadTextsAsync(Some.Stream()));
        Assert.Equal(3, await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "three"));
    }

    [Fact]
    public async Task Given_many_callers_on_few_grains_When_each_retries_conflicts_Then_no_write_is_lost()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(() => AddAsync(store, Some.Grain(caller % 4), times: 25), Some.Ct)));

        for (var n = 0; n < 4; n++) Assert.Equal("100", await store.ReadTextAsync(Some.Grain(n)));
    }

    [Fact]
    public async Task Given_a_write_acknowledged_When_read_on_any_thread_Then_it_is_seen()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                string? etag = null;
                for (var n = 0; n < 100; n++)
                {
                    etag = await store.WriteTextAsync(Some.Grain(caller), $"{n}", etag);
                    Assert.Equal($"{n}", await store.ReadTextAsync(Some.Grain(caller)));
                }
            },
            Some.Ct)));
    }

    private static async Task AddAsync(EngineStore store, GrainId grain, int times)
    {
        while (times > 0)
        {
            var stored = await store.ReadStateAsync(grain, "state", Some.Ct);
            var value = stored is { } s ? int.Parse(System.Text.Encoding.UTF8.GetString(s.Payload.Span)) : 0;
            try
            {
                await store.WriteTextAsync(grain, $"{value + 1}", stored?.Etag);
                times--;
            }
            catch (InconsistentStateException)
            {
                // Another was first.
            }
        }
    }

    /// <summary>Holds the writer before its first commit and counts commits.</summary>
    private sealed class HeldDisk : IDisposable
    {
        private readonly ManualResetEventSlim _reached = new();
        private readonly ManualResetEventSlim _released = new();
        private readonly string? _sql;
        private int _commits;

        public HeldDisk(EngineStore store, string? sql = null)
        {
            // Keys are made before, so that what is counted are the commits of the test.
            foreach (var grain in (GrainId[])[Some.Grain(100_000)]) store.WriteTextAsync(grain, "key").GetAwaiter().GetResult();
            _sql = sql;
            store.Interfere = OnStage;
        }

        public int Commits => Volatile.Read(ref _commits);

        public void WaitUntilReached() => Assert.True(_reached.Wait(TimeSpan.FromSeconds(30), Some.Ct));

        public void Release() => _released.Set();

        public void Dispose() => Release();

        private void OnStage(CommitStage stage, SqliteDatabase database)
        {
            if (stage == CommitStage.AfterCommit) Interlocked.Increment(ref _commits);
            if (stage != CommitStage.BeforeBegin || _reached.IsSet) return;
            if (_sql is not null) database.Execute(_sql);
            _reached.Set();
            _released.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
