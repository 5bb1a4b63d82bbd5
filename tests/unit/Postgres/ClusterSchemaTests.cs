using System.Collections.Concurrent;
using System.Globalization;
using JamEmr.Engine.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>The tables of a cluster are made by numbered scripts, each applied once, whoever runs them and however often.</summary>
public sealed class ClusterSchemaTests
{
    private static readonly Migration First = new(1, "0001_first", "CREATE TABLE first (id integer)");
    private static readonly Migration Second = new(2, "0002_second", "CREATE TABLE second (id integer)");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Given_this_build_When_listed_Then_migrations_are_numbered_from_one_without_gaps()
    {
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Number));
        Assert.All(Migration.All, migration => Assert.Equal(
            (64, migration.Number.ToString("D4", CultureInfo.InvariantCulture)), (migration.Checksum.Length, migration.Name[..4])));
    }

    [Fact]
    public void Given_a_script_that_only_adds_When_read_Then_it_says_which_programs_it_serves()
    {
        Assert.Equal(9, new Migration(9, "0009_x", "CREATE TABLE x ();").ServesFrom);
        Assert.Equal(7, new Migration(9, "0009_x", "-- Serves programs from migration 7.\nCREATE TABLE x ();").ServesFrom);
    }

    [Fact]
    public async Task Given_an_empty_database_When_migrated_twice_Then_the_second_time_changes_nothing()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var (first, second) = (new Told(), new Told());

        await ClusterSchema.ApplyAsync(database.Connection, first, Ct);
        var before = await ClusterSchema.StatusAsync(database.Connection, Ct);
        var after = await ClusterSchema.ApplyAsync(database.Connection, second, Ct);

        Assert.Equal(Migration.All.Select(migration => migration.Name), first.Names);
        Assert.Empty(second.Names);
        Assert.Equal(before.Applied, after.Applied);
        Assert.Empty(after.Missing);
        await ClusterSchema.RequireAsync(database.Connection, Ct);
    }

    [Fact]
    public async Task Given_an_empty_database_When_many_migrate_at_once_Then_each_script_is_applied_once_and_all_succeed()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var told = new Told();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ClusterSchema.ApplyAsync(database.Connection, told, Ct)));

        Assert.Equal(Migration.All.Select(migration => migration.Name), told.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_script_that_fails_halfway_When_mended_Then_the_rest_is_applied_and_nothing_twice()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var broken = Second with { Sql = Second.Sql + "; SELECT 1 / 0" };

        await Assert.ThrowsAsync<PostgresException>(() => ClusterSchema.ApplyAsync(database.Connection, [First, broken], null, Ct));
        Assert.Equal([First.Name], (await ClusterSchema.StatusAsync(database.Connection, Ct)).Applied.Select(applied => applied.Name));
        await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("SELECT * FROM second"));

        var told = new Told();
        await ClusterSchema.ApplyAsync(database.Connection, [First, Second], told, Ct);
        Assert.Equal([Second.Name], told.Names);
    }

    [Fact]
    public async Task Given_a_run_that_ends_between_two_scripts_When_run_again_Then_it_goes_on_there()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var first = new Told(stop.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ClusterSchema.ApplyAsync(database.Connection, first, stop.Token));

        var second = new Told();
        await ClusterSchema.ApplyAsync(database.Connection, second, Ct);

        Assert.Single(first.Names);
        Assert.Equal(Migration.All.Count - 1, second.Names.Count);
    }

    [Fact]
    public async Task Given_no_tables_or_older_ones_When_a_program_starts_Then_it_is_told_to_migrate()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        Assert.Contains("run jamemr migrate", await RefusedAsync(() => ClusterSchema.RequireAsync(database.Connection, Ct)), StringComparison.Ordinal);

        await ClusterSchema.ApplyAsync(database.Connection, [First], null, Ct);
        var refused = await RefusedAsync(() => ClusterSchema.RequireAsync(database.Connection, [First, Second], Ct));
        Assert.Contains("0002_second", refused, StringComparison.Ordinal);
        Assert.Contains("run jamemr migrate", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_newer_tables_When_an_older_program_comes_Then_it_works_only_where_they_serve_it_and_never_migrates()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await ClusterSchema.ApplyAsync(database.Connection, [First, Second], null, Ct);
        Assert.Contains("newer", await RefusedAsync(() => ClusterSchema.RequireAsync(database.Connection, [First], Ct)), StringComparison.Ordinal);
        Assert.Contains("newer", await RefusedAsync(() => ClusterSchema.ApplyAsync(database.Connection, [First], null, Ct)), StringComparison.Ordinal);

        var additive = new Migration(3, "0003_third", "-- Serves programs from migration 2.\nCREATE TABLE third (id integer)");
        await ClusterSchema.ApplyAsync(database.Connection, [First, Second, additive], null, Ct);
        await ClusterSchema.RequireAsync(database.Connection, [First, Second], Ct);
        Assert.Contains("newer", await RefusedAsync(() => ClusterSchema.RequireAsync(database.Connection, [First], Ct)), StringComparison.Ordinal);
        Assert.Contains("newer", await RefusedAsync(() => ClusterSchema.ApplyAsync(database.Connection, [First, Second], null, Ct)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_script_that_was_changed_afterwards_When_anybody_comes_Then_the_database_is_refused()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await ClusterSchema.ApplyAsync(database.Connection, [First], null, Ct);
        Migration[] changed = [First with { Sql = First.Sql + " " }, Second];

        Assert.Contains("0001_first", await RefusedAsync(() => ClusterSchema.RequireAsync(database.Connection, changed, Ct)), StringComparison.Ordinal);
        Assert.Contains("0001_first", await RefusedAsync(() => ClusterSchema.ApplyAsync(database.Connection, changed, null, Ct)), StringComparison.Ordinal);
        await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("SELECT * FROM second"));
    }

    [Fact]
    public async Task Given_a_database_that_cannot_keep_all_characters_When_migrated_Then_it_is_refused_and_stays_empty()
    {
        await using var database = await EmptyDatabase.CreateAsync("ENCODING 'LATIN1' TEMPLATE template0");
        Assert.Contains("UTF8", await RefusedAsync(() => ClusterSchema.ApplyAsync(database.Connection, null, Ct)), StringComparison.Ordinal);
        Assert.Empty((await ClusterSchema.StatusAsync(database.Connection, Ct)).Applied);
    }

    [Fact]
    public async Task Given_this_builds_statements_When_compared_with_what_the_providers_ask_for_Then_none_is_missing()
    {
        string[] asked =
        [
            "GatewaysQueryKey", "MembershipReadRowKey", "MembershipReadAllKey", "InsertMembershipVersionKey", "UpdateIAmAlivetimeKey",
            "InsertMembershipKey", "UpdateMembershipKey", "DeleteMembershipTableEntriesKey", "CleanupDefunctSiloEntriesKey",
            "ReadReminderRowsKey", "ReadRangeRows1Key", "ReadRangeRows2Key", "ReadReminderRowKey", "UpsertReminderRowKey",
            "DeleteReminderRowKey", "DeleteReminderRowsKey",
            "QueueStreamMessageKey", "GetStreamMessagesKey", "ConfirmStreamMessagesKey", "FailStreamMessageKey", "EvictStreamMessagesKey",
            "EvictStreamDeadLettersKey",
            "RegisterGrainActivationKey", "UnregisterGrainActivationKey", "LookupGrainActivationKey", "UnregisterGrainActivationsKey",
            "WriteToStorageKey", "ReadFromStorageKey", "ClearStorageKey", "DeleteStorageKey",
        ];
        await using var queries = await ProviderQueries.CreateAsync();
        Assert.Equal(asked.Order(StringComparer.Ordinal), queries.Texts.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<string> RefusedAsync(Func<Task> action) => (await Assert.ThrowsAsync<SchemaMismatchException>(action)).Message;

    private sealed class Told(Action? then = null) : IProgress<Migration>
    {
        public ConcurrentQueue<string> Names { get; } = new();

        public void Report(Migration value)
        {
            Names.Enqueue(value.Name);
            then?.Invoke();
        }
    }
}
