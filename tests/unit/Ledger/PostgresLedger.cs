using System.Globalization;
using JamEmr.Ledger;
using JamEmr.Ledger.Postgres;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A ledger in a schema of its own that is gone after the test, on the server that this process's tests share or on one given.</summary>
internal sealed class PostgresLedger : TestLedger
{
    private static int _made;

    private readonly PostgresServer? _own;

    public PostgresLedger() : this(null)
    {
    }

    public PostgresLedger(PostgresServer? server)
    {
        if (PostgresServer.WhyNot() is { } reason) Assert.Skip(reason);
        _own = server;
    }

    public string Schema { get; } = string.Create(CultureInfo.InvariantCulture, $"ledger_{Interlocked.Increment(ref _made)}");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>How to reach it. A machine that is busy with other tests may be slow: what is tested is not how fast it is.</summary>
    public async Task<PostgresLedgerOptions> OptionsAsync() => new()
    {
        ConnectionString = (await ServerAsync()).Connection("postgres"),
        Schema = Schema,
        Timeout = TimeSpan.FromSeconds(30),
        QueryTimeout = TimeSpan.FromSeconds(60),
    };

    public async Task<PostgresLedgerStore> OpenAsync(PostgresLedgerOptions? options = null) =>
        Keep(await PostgresLedgerStore.OpenAsync(options ?? await OptionsAsync(), Ct));

    public static async Task<PostgresLedger> WithAsync(int count, PostgresServer? server = null)
    {
        var ledger = new PostgresLedger(server);
        await ledger.FillAsync(count);
        return ledger;
    }

    /// <summary>Runs statements in the ledger's schema.</summary>
    public async Task<int> ExecuteAsync(string sql) => await (await ServerAsync()).ExecuteAsync("postgres", $"SET search_path = {Schema}; {sql}");

    public override async Task TamperAsync(string sql) => Assert.True(await ExecuteAsync(sql) > 0, "nothing was tampered with");

    internal override async Task<AppenderProcess> StartAppenderAsync(int first, int count, int batch) =>
        AppenderProcess.Start(AppenderProcess.Postgres, $"{Schema} {(await OptionsAsync()).ConnectionString}", first, count, batch);

    protected override async Task<ILedgerStore> OpenCoreAsync(bool readOnly) =>
        await PostgresLedgerStore.OpenAsync(await OptionsAsync() with { ReadOnly = readOnly }, Ct);

    protected override async Task RemoveAsync()
    {
        // A server of the test's own goes with it.
        if (_own is null) await (await ServerAsync()).ExecuteAsync("postgres", $"DROP SCHEMA IF EXISTS {Schema} CASCADE");
    }

    private async Task<PostgresServer> ServerAsync() => _own ?? await PostgresServer.SharedAsync();
}
