using JamEmr.Ledger;
using JamEmr.Ledger.Sqlite;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>What is written when an epoch is complete, so that questions find its records.</summary>
public sealed class SqliteIndexTests(SqliteIndexTests.Filled filled) : IClassFixture<SqliteIndexTests.Filled>
{
    private const int Count = 2 * Schema.Epoch + 100;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What is hidden, and the first record that is then missed. The log's number is 1.</summary>
    public static TheoryData<string, long> Hidings => new()
    {
        { $"DELETE FROM facet WHERE id = {Key(0, 7)}", 0 },
        { $"UPDATE facet SET codes = zeroblob(length(codes)) WHERE id = {Key(1, 5)}", Schema.Epoch },
        { $"UPDATE facet SET codes = CAST(substr(codes, 1, 100) || x'00' || substr(codes, 102) AS BLOB) WHERE id = {Key(1, 9)}", Schema.Epoch + 200 },
        { $"UPDATE facet SET terms = CAST(substr(terms, 1, length(terms) - 1) AS BLOB) WHERE id = {Key(0, 9)}", 0 },
        { $"UPDATE facet SET terms = x'' WHERE id = {Key(1, FacetKey.RunDirectory)}", Schema.Epoch },
        { $"UPDATE facet SET terms = CAST(x'ffffffffffffffff' || substr(terms, 9) AS BLOB) WHERE id = {Key(0, FacetKey.RunBlock + 1)}", 0 },
        { $"DELETE FROM facet WHERE id = {Key(1, FacetKey.RunBlock + 2)}", Schema.Epoch },
        { $"UPDATE facet SET terms = x'000001' WHERE id = {Key(0, FacetKey.Day)}", 0 },
        { $"UPDATE facet SET terms = CAST(substr(terms, 3, 2) || substr(terms, 1, 2) || substr(terms, 5) AS BLOB) WHERE id = {Key(0, FacetKey.Order + 9)}", 0 },
        { $"DELETE FROM facet WHERE id = {Key(1, FacetKey.Order + 1)}", Schema.Epoch },
        { "UPDATE epoch SET last = first WHERE epoch = 1", Schema.Epoch + 1 },
        { "UPDATE epoch SET first = last WHERE epoch = 0", 0 },
        { "UPDATE epoch SET last_id = first_id WHERE epoch = 0", 1 },
        { "DELETE FROM epoch WHERE epoch = 1", Schema.Epoch },
    };

    [Theory, MemberData(nameof(Hidings))]
    public async Task Given_a_record_hidden_from_questions_When_the_database_is_checked_Then_it_is_told(string sql, long index)
    {
        await using var ledger = filled.Copy();
        ledger.Tamper(sql);
        var finding = await ledger.CheckAsync();
        Assert.Equal((FindingKind.IndexDiffers, index), (finding?.Kind, finding?.Index));
    }

    [Fact]
    public async Task Given_complete_epochs_When_the_database_is_checked_Then_nothing_is_wrong()
    {
        await using var ledger = filled.Copy();
        Assert.Null(await ledger.CheckAsync());
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Theory, InlineData(1), InlineData(700), InlineData(Schema.Epoch), InlineData(Schema.Epoch + 1)]
    public async Task Given_a_log_filled_by_several_stores_in_turn_When_its_epochs_are_complete_Then_every_record_is_found(int first)
    {
        await using var ledger = new TempLedger();
        var (a, b) = (await ledger.OpenAsync(), await ledger.OpenAsync());
        var (next, turn) = (0, 0);
        while (next < Count)
        {
            var count = Math.Min(turn % 3 == 0 ? first : 2500, Count - next);
            await (turn++ % 2 == 0 ? a : b).AppendAsync(Samples.Log, Samples.Records(next, count), Ct);
            if (turn % 4 == 3) await a.AppendAsync("another", Samples.Records(next, 10), Ct);
            next += count;
        }

        Assert.Null(await a.CheckAsync(Ct));
        foreach (var patient in Enumerable.Range(0, 7).Select(Samples.Patient))
        {
            var counts = await b.CountAsync(Samples.Log, new LedgerQuery { PatientId = patient }, CountBy.Day, Ct);
            Assert.Equal(Enumerable.Range(0, Count).Count(i => Samples.ColumnsOf(i).PatientId == patient), counts.Sum(line => line.Count));
        }
    }

    [Fact]
    public async Task Given_a_batch_that_fails_after_it_sealed_an_epoch_When_repeated_Then_every_record_is_found()
    {
        await using var ledger = await TempLedger.WithAsync(Schema.Epoch - 10);
        var store = await ledger.OpenAsync(new SqliteLedgerOptions { MaxBytes = new FileInfo(ledger.DatabasePath).Length + 200 * 4096 });
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => store.AppendAsync(Samples.Log, Samples.Records(Schema.Epoch - 10, 8000), Ct));
        await store.DisposeAsync();
        var again = await ledger.OpenAsync();
        await again.AppendAsync(Samples.Log, Samples.Records(Schema.Epoch - 10, 8000), Ct);
        Assert.Null(await again.CheckAsync(Ct));
        Assert.True((await ledger.VerifyAsync()).IsSound);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(15), InlineData(16), InlineData(255), InlineData(256), InlineData(5000), InlineData(Schema.Epoch)]
    public void Given_a_column_with_any_number_of_terms_When_written_and_read_Then_each_entry_has_its_own(int terms)
    {
        foreach (var none in new[] { false, true })
        {
            var values = Enumerable.Range(0, Schema.Epoch).Select(i => none && i % 3 == 1 ? 0 : 7 + i % terms * 300).ToArray();
            var (head, codes) = Facet.Encode(values);
            var facet = new Facet();
            facet.ReadTerms(head);
            facet.ReadCodes(codes);
            Assert.Equal(values, Enumerable.Range(0, Schema.Epoch).Select(facet.Term));
            Assert.Equal(-1, facet.CodeOf(8));
            var found = new EpochBits();
            foreach (var value in values.Distinct().Take(300))
            {
                facet.Match(facet.CodeOf(value), found);
                Assert.Equal(Enumerable.Range(0, Schema.Epoch).Where(i => values[i] == value), found.Positions(ascending: true));
            }
        }
    }

    [Fact]
    public void Given_a_facet_of_other_bytes_When_read_Then_it_is_refused()
    {
        var facet = new Facet();
        foreach (var terms in new byte[][] { [], [4], [5, 0], [4, 2], [4, 0, 0], [4, 0, 0x80], [4, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0, 1, 1], [4, 0, .. Enumerable.Repeat((byte)1, 16)] })
            Assert.Throws<FormatException>(() => facet.ReadTerms(terms));
        facet.ReadTerms([4, 0, 3]);
        Assert.Throws<FormatException>(() => facet.ReadCodes(new byte[17]));
        facet.ReadCodes([.. Enumerable.Repeat((byte)0x22, Schema.Epoch / 2)]);
        Assert.Throws<FormatException>(() => facet.Term(0));
    }

    private static long Key(long epoch, int kind) => FacetKey.Of(1, epoch, kind);

    /// <summary>A closed ledger of two complete epochs and a little, to take copies of.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        private readonly TempLedger _ledger = new();

        public async ValueTask InitializeAsync()
        {
            await using var store = await SqliteLedgerStore.OpenAsync(_ledger.Folder, ct: Ct);
            for (var from = 0; from < Count; from += 4096) await store.AppendAsync(Samples.Log, Samples.Records(from, Math.Min(4096, Count - from)), Ct);
        }

        public ValueTask DisposeAsync() => _ledger.DisposeAsync();

        internal TempLedger Copy()
        {
            var copy = new TempLedger();
            foreach (var file in Directory.GetFiles(_ledger.Folder)) File.Copy(file, Path.Combine(copy.Folder, Path.GetFileName(file)));
            return copy;
        }
    }
}
