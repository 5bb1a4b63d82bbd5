namespace JamEmr.Tests.Unit.Ledger;

public sealed class PostgresQuerySortTests(PostgresQuerySortTests.PostgresFilled filled)
    : QuerySortTests(filled), IClassFixture<PostgresQuerySortTests.PostgresFilled>
{
    public sealed class PostgresFilled() : Filled(new PostgresLedger());
}
