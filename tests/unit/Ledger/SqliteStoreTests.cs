using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class SqliteAppendTests() : AppendTests(() => new TempLedger());

public sealed class SqliteQueryTests() : QueryTests(() => new TempLedger());

public sealed class SqliteConcurrencyTests() : ConcurrencyTests(() => new TempLedger());

public sealed class SqliteHoldAndCheckpointTests() : HoldAndCheckpointTests(() => new TempLedger());

public sealed class SqliteGoldenTests() : GoldenTests(() => new TempLedger());

/// <summary>What only a store in a file has.</summary>
public sealed class SqliteStoreTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_new_ledger_When_made_Then_only_its_owner_may_open_the_files()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var ledger = new TempLedger();
        var store = await ledger.OpenAsync();
        await store.AppendAsync(Samples.Log, Samples.Records(0, 1), Ct);
        var files = Directory.GetFiles(ledger.Folder);
        Assert.Contains(ledger.DatabasePath, files);
        Assert.All(files, file => Assert.Equal(
            "UserRead, UserWrite", OperatingSystem.IsWindows() ? "" : string.Join(", ", File.GetUnixFileMode(file).ToString().Split(", ").Order())));
    }

    [Fact]
    public async Task Given_no_ledger_When_opened_for_reading_Then_none_is_made()
    {
        await using var ledger = new TempLedger();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.OpenAsync(new SqliteLedgerOptions { ReadOnly = true }));
        Assert.Empty(Directory.GetFiles(ledger.Folder));
    }

    [Theory, MemberData(nameof(QueryTests.Questions), MemberType = typeof(QueryTests))]
    public async Task Given_a_question_When_planned_Then_nothing_is_sorted_and_no_table_is_read_whole(string question)
    {
        await using var ledger = await TempLedger.WithAsync(9000);
        using var database = Database.Open(ledger.DatabasePath, readOnly: true, busyMilliseconds: 0);
        var head = LogHead.Read(database, Samples.Log)!;
        foreach (var oldestFirst in new[] { false, true })
        {
            var query = QueryTests.AllQuestions[question].Query with { OldestFirst = oldestFirst };
            if (QuerySql.Build(database, head, query, after: 700, limit: 10) is not { } sql) continue;
            var plan = database.Prepare("EXPLAIN QUERY PLAN " + sql.Text);
            while (plan.Step()) Assert.StartsWith("SEARCH", plan.Text(3), StringComparison.Ordinal);
            plan.Reset();
        }
    }
}
