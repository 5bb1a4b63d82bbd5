using JamEmr.Engine;
using JamEmr.Engine.Storage.Migrations;
using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Tables are made by numbered files that are applied once and never change.</summary>
public sealed class MigratorTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Given_this_build_When_listed_Then_migrations_are_numbered_from_one_without_gaps()
    {
        Assert.Equal(Enumerable.Range(1, Migrator.All.Count), Migrator.All.Select(m => m.Number));
        Assert.All(Migrator.All, m => Assert.Equal(64, m.Checksum.Length));
    }

    [Fact]
    public async Task Given_a_database_When_opened_again_Then_nothing_is_applied_twice()
    {
        await using var engine = new TempEngine();
        await (await engine.OpenAsync()).DisposeAsync();
        var applied = engine.Ask("SELECT count(*) FROM schema_migration");

        await (await engine.OpenAsync()).DisposeAsync();

        Assert.Equal(Migrator.All.Count, applied);
        Assert.Equal(applied, engine.Ask("SELECT count(*) FROM schema_migration"));
    }

    [Theory]
    [InlineData("UPDATE schema_migration SET checksum = 'other' WHERE number = 1", "differs")]
    [InlineData("INSERT INTO schema_migration VALUES (9999, '9999_later', 'x', 'x')", "newer")]
    public async Task Given_a_database_with_another_history_When_opened_Then_it_is_refused(string sql, string says)
    {
        await using var engine = new TempEngine();
        await (await engine.OpenAsync()).DisposeAsync();
        engine.Tamper(sql);

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => engine.OpenAsync());

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_second_migration_When_applied_Then_only_it_is()
    {
        await using var engine = new TempEngine();
        Directory.CreateDirectory(engine.Folder);
        using var database = SqliteDatabase.Open(engine.DatabasePath, create: true);
        Migration first = new(1, "0001_first", "CREATE TABLE first (id INTEGER)");
        Migration second = new(2, "0002_second", "CREATE TABLE second (id INTEGER)");

        Migrator.Apply(database, [first], s_now);
        Migrator.Apply(database, [first, second], s_now);

        Assert.Equal(2, engine.Ask("SELECT count(*) FROM schema_migration"));
        Assert.Equal(1, engine.Ask("SELECT count(*) FROM sqlite_schema WHERE name = 'second'"));
    }
}
