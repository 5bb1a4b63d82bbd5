using JamEmr.Ledger.Postgres;
using JamEmr.Tests.Unit.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A store that waits long for its own writes holds up nobody for as long.</summary>
public sealed class PostgresPatienceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_patience_for_writes_When_a_writer_is_frozen_Then_the_server_puts_it_out_as_soon_as_ever()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var options = new PostgresLedgerOptions { ConnectionString = database.Connection, Timeout = TimeSpan.FromSeconds(20), HoldTimeout = TimeSpan.FromSeconds(3) };

        await using var sources = new LedgerSources(options);

        Assert.Equal("3s", await ShownAsync(sources.Write, "idle_in_transaction_session_timeout"));
        Assert.Equal("15s", await ShownAsync(sources.Write, "lock_timeout"));
        var connection = new NpgsqlConnectionStringBuilder(sources.Write.ConnectionString);
        Assert.Equal((3, 20), (connection.Timeout, connection.CommandTimeout));
    }

    [Fact]
    public void Given_nothing_said_When_asked_Then_others_are_held_up_for_as_long_as_a_write_waits() =>
        Assert.Equal(TimeSpan.FromSeconds(7), new PostgresLedgerOptions { ConnectionString = "Host=none", Timeout = TimeSpan.FromSeconds(7) }.HoldTimeout);

    private static async Task<object?> ShownAsync(NpgsqlDataSource source, string setting)
    {
        await using var command = source.CreateCommand($"SHOW {setting}");
        return await command.ExecuteScalarAsync(Ct);
    }
}
