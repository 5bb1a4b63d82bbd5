using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A ledger in a folder of its own that is gone after the test.</summary>
internal sealed class TempLedger : TestLedger
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("jamemr-ledger-").FullName;

    public string DatabasePath => Path.Combine(Folder, Directory.Exists(Path.Combine(Folder, "ledger")) ? "ledger" : "", "ledger.db");

    public SqliteLedgerOptions Options { get; init; } = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task<SqliteLedgerStore> OpenAsync(SqliteLedgerOptions? options = null) =>
        Keep(await SqliteLedgerStore.OpenAsync(Folder, options, Ct));

    /// <summary>A log of the first <paramref name="count"/> samples, closed again.</summary>
    public static async Task<TempLedger> WithAsync(int count)
    {
        var ledger = new TempLedger();
        await ledger.FillAsync(count);
        return ledger;
    }

    /// <inheritdoc cref="TestLedger.TamperAsync"/>
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

    public override Task TamperAsync(string sql)
    {
        Tamper(sql);
        return Task.CompletedTask;
    }

    internal override Task<AppenderProcess> StartAppenderAsync(int first, int count, int batch) =>
        Task.FromResult(AppenderProcess.Start(AppenderProcess.Sqlite, Folder, first, count, batch));

    protected override async Task<ILedgerStore> OpenCoreAsync(bool readOnly) =>
        await SqliteLedgerStore.OpenAsync(Folder, Options with { ReadOnly = readOnly }, Ct);

    protected override Task RemoveAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }
}
