using JamEmr.Ledger.Sqlite;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class SqliteQuerySortTests(SqliteQuerySortTests.SqliteFilled filled)
    : QuerySortTests(filled), IClassFixture<SqliteQuerySortTests.SqliteFilled>
{
    [Theory]
    [InlineData("abc", "abc00000-0000-0000-0000-000000000000", false)]
    [InlineData("abcdefg", "abcdefff-ffff-ffff-ffff-ffffffffffff", true)]
    [InlineData("ab:", "aba00000-0000-0000-0000-000000000000", false)]
    [InlineData("", "00000000-0000-0000-0000-000000000000", false)]
    [InlineData("Z", "a0000000-0000-0000-0000-000000000000", false)]
    [InlineData("zebra", "ffffffff-ffff-ffff-ffff-ffffffffffff", true)]
    [InlineData("0195d3f0a", "0195d3f0-ffff-ffff-ffff-ffffffffffff", true)]
    [InlineData("0195d3f0-0000-7000-8000-000000000001", "0195d3f0-0000-7000-8000-000000000001", false)]
    [InlineData("0195d3f0-0000-7000-8000-0000000000010", "0195d3f0-0000-7000-8000-000000000001", true)]
    public void Given_any_text_When_placed_among_uuids_Then_none_is_skipped(string text, string at, bool after) =>
        Assert.Equal((at, after), TermOrder.Bound(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"));

    public sealed class SqliteFilled() : Filled(new TempLedger());
}

/// <summary>The same where there are too many epochs to be merged.</summary>
public sealed class SqliteQueryWalkTests(SqliteQueryWalkTests.SqliteFilled filled)
    : QuerySortTests(filled), IClassFixture<SqliteQueryWalkTests.SqliteFilled>
{
    public sealed class SqliteFilled() : Filled(new TempLedger { Options = new SqliteLedgerOptions { MergedEpochs = 0 } });
}
