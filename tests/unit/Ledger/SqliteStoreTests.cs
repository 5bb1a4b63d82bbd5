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
}
