using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A ledger in a folder of its own that is gone after the test.</summary>
internal sealed class TempLedger : IAsyncDisposable
{
    private readonly List<SqliteLedgerStore> _stores = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("jamemr-ledger-").FullName;

    public string DatabasePath => Path.Combine(Folder, Directory.Exists(Path.Combine(Folder, "ledger")) ? "ledger" : "", "ledger.db");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task<SqliteLedgerStore> OpenAsync(SqliteLedgerOptions? options = null)
    {
        var store = await SqliteLedgerStore.OpenAsync(Folder, options, Ct);
        _stores.Add(store);
        return store;
    }

    /// <summary>A log of the first <paramref name="count"/> samples, closed again.</summary>
    public static async Task<TempLedger> WithAsync(int count)
    {
        var ledger = new TempLedger();
        await using var store = await SqliteLedgerStore.OpenAsync(ledger.Folder, ct: Ct);
        if (count > 0) await store.AppendAsync(Samples.Log, Samples.Records(0, count), Ct);
        return ledger;
    }

    /// <summary>Does to the database what a tamperer with the file would do.</summary>
    public void Tamper(string sql)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(DatabasePath, out var database));
        using (database)
        {
            var code = raw.sqlite3_exec(database, sql);
            Assert.True(code == raw.SQLITE_OK, raw.sqlite3_errmsg(database).utf8_to_string());
            Assert.True(raw.sqlite3_total_changes(database) > 0, "nothing was tampered with");
        }
    }

    /// <summary>What the verifier says of the folder, opened as an auditor would.</summary>
    public async Task<VerificationReport> VerifyAsync(Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf = null)
    {
        await using var store = await SqliteLedgerStore.OpenAsync(Folder, new SqliteLedgerOptions { ReadOnly = true }, Ct);
        return await LedgerAudit.VerifyAsync(store, Samples.Log, columnsOf, Ct);
    }

    /// <summary>What the check of the database itself says.</summary>
    public async Task<Finding?> CheckAsync()
    {
        await using var store = await SqliteLedgerStore.OpenAsync(Folder, new SqliteLedgerOptions { ReadOnly = true }, Ct);
        return await store.CheckAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
