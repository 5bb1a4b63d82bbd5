using JamEmr.Ledger;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A ledger of a test's own, in one kind of store, gone after the test. What is tested of every kind goes through this.</summary>
public abstract class TestLedger : IAsyncDisposable
{
    private readonly List<ILedgerStore> _stores = [];

    /// <summary>A store on the ledger, closed with it at the latest. Several may be open at once.</summary>
    public async Task<ILedgerStore> OpenStoreAsync(bool readOnly = false) => Keep(await OpenCoreAsync(readOnly));

    /// <summary>Appends the first <paramref name="count"/> samples, with a store that is closed again.</summary>
    public async Task FillAsync(int count)
    {
        await using var store = await OpenCoreAsync(readOnly: false);
        if (count > 0) await store.AppendAsync(Samples.Log, Samples.Records(0, count), TestContext.Current.CancellationToken);
    }

    /// <summary>Does to the database what a tamperer with access to it would do.</summary>
    public abstract Task TamperAsync(string sql);

    /// <summary>Starts another process that appends samples.</summary>
    internal abstract Task<AppenderProcess> StartAppenderAsync(int first, int count, int batch);

    /// <summary>What the verifier says of the ledger, opened as an auditor would.</summary>
    public async Task<VerificationReport> VerifyAsync(Func<ReadOnlyMemory<byte>, LedgerColumns>? columnsOf = null)
    {
        await using var store = await OpenCoreAsync(readOnly: true);
        return await LedgerAudit.VerifyAsync(store, Samples.Log, columnsOf, TestContext.Current.CancellationToken);
    }

    /// <summary>What the check of the database itself says.</summary>
    public async Task<Finding?> CheckAsync()
    {
        await using var store = await OpenCoreAsync(readOnly: true);
        return await store.CheckAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<ILedgerStore> OpenCoreAsync(bool readOnly);

    protected abstract Task RemoveAsync();

    protected T Keep<T>(T store) where T : ILedgerStore
    {
        _stores.Add(store);
        return store;
    }
}

/// <summary>Tests of what every kind of store promises; each kind derives a class that runs them.</summary>
/// <param name="make">A ledger of that kind, with nothing in it.</param>
public abstract class StoreTests(Func<TestLedger> make)
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected TestLedger NewLedger() => make();

    /// <summary>A log of the first <paramref name="count"/> samples, with no store open.</summary>
    protected async Task<TestLedger> WithAsync(int count)
    {
        var ledger = make();
        await ledger.FillAsync(count);
        return ledger;
    }
}
