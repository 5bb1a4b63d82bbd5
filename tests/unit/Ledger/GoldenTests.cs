using System.Text;
using JamEmr.Ledger;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>The format never drifts: the roots were computed by a program of another kind, from RFC 9162 and these bytes alone.</summary>
public abstract class GoldenTests(Func<TestLedger> make) : StoreTests(make)
{
    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "4b639e87bdf4a71036b656049fd4c30a5e2a22b6999c1117a8df3ac45d8251ba",
        "2ea0058ebe3c3ceb0980a5eb7226358c8dd62a8b0f62a0818d52dd407b43daf4",
        "cbd6f755e233284d7ae0afacdd8ff65099f9997e7de87b1f872037a4bb76c05c",
        "c3ed1e895b779087f30553415a654761b8fe950bd87bee58f32047505572cf6e",
        "12d636be9081f2a4ddce76142c093e150f24c9fc09c24f435ea09d26c6788158",
    ];

    [Fact]
    public async Task Given_five_fixed_records_When_appended_one_by_one_Then_the_roots_are_the_known_ones()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        Assert.Equal(Roots[0], (await store.HeadAsync(Samples.Log, Ct)).Root.ToString());
        for (var i = 0; i < 5; i++)
        {
            var bytes = Encoding.UTF8.GetBytes($$"""{"id":"0195d3f0-0000-7000-8000-00000000000{{i}}","event":"chart.opened","n":{{i}}}""");
            await store.AppendAsync(Samples.Log, [new LedgerRecord(Samples.ColumnsOf(i), bytes)], Ct);
            Assert.Equal(new TreeHead(i + 1, Digest.Parse(Roots[i + 1])), await store.HeadAsync(Samples.Log, Ct));
        }
    }
}
