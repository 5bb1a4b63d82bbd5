using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

public abstract class QueryTests(Func<TestLedger> make) : StoreTests(make)
{
    private const int Count = 9000;

    public static TheoryData<string> Questions => [.. AllQuestions.Keys];

    internal static Dictionary<string, (LedgerQuery Query, Func<LedgerColumns, bool> Matches)> AllQuestions { get; } = new(StringComparer.Ordinal)
    {
        ["everything"] = (new(), _ => true),
        ["event"] = (new() { EventCode = "note.signed" }, c => c.EventCode == "note.signed"),
        ["category"] = (new() { Category = "session" }, c => c.Category == "session"),
        ["action"] = (new() { Action = "create" }, c => c.Action == "create"),
        ["outcome"] = (new() { Outcome = "refused" }, c => c.Outcome == "refused"),
        ["actor"] = (new() { ActorId = Samples.Actor(2) }, c => c.ActorId == Samples.Actor(2)),
        ["actor kind"] = (new() { ActorKind = "user" }, c => c.ActorKind == "user"),
        ["patient"] = (new() { PatientId = Samples.Patient(3) }, c => c.PatientId == Samples.Patient(3)),
        ["entity"] = (new() { EntityType = "chart", EntityId = "entity-4" }, c => c.EntityId == "entity-4"),
        ["address"] = (new() { Address = "10.0.0.7" }, c => c.Address == "10.0.0.7"),
        ["correlation"] = (new() { CorrelationId = 77.ToString("x32") }, c => c.CorrelationId == 77.ToString("x32")),
        ["id"] = (new() { RecordId = Samples.Id(901) }, c => c.RecordId == Samples.Id(901)),
        ["id of another patient"] = (new() { RecordId = Samples.Id(901), PatientId = Samples.Patient(0) }, _ => false),
        ["unknown value"] = (new() { ActorId = "nobody" }, _ => false),
        ["from"] = (new() { From = Samples.Start.AddSeconds(1400) }, c => c.Time >= Samples.Start.AddSeconds(1400)),
        ["to"] = (new() { To = Samples.Start.AddSeconds(99) }, c => c.Time < Samples.Start.AddSeconds(99)),
        ["between"] = (
            new() { From = Samples.Start.AddSeconds(250), To = Samples.Start.AddSeconds(700) },
            c => c.Time >= Samples.Start.AddSeconds(250) && c.Time < Samples.Start.AddSeconds(700)),
        ["all at once"] = (
            new() { From = Samples.Start.AddSeconds(250), To = Samples.Start.AddSeconds(900), ActorId = Samples.Actor(1), Action = "read", PatientId = Samples.Patient(2) },
            c => c.Time >= Samples.Start.AddSeconds(250) && c.Time < Samples.Start.AddSeconds(900) && c.ActorId == Samples.Actor(1)
                && c.Action == "read" && c.PatientId == Samples.Patient(2)),
    };

    [Theory, MemberData(nameof(Questions))]
    public async Task Given_a_question_When_paged_through_either_way_Then_each_match_comes_once_and_in_order(string question)
    {
        var (query, matches) = AllQuestions[question];
        await using var ledger = await WithAsync(0);
        var store = await ledger.OpenStoreAsync();

        // Every hundredth record arrives late, as records of several machines do.
        var order = Enumerable.Range(0, Count).OrderBy(i => i % 100 == 7 ? i + 400 : i).ToArray();
        await store.AppendAsync(Samples.Log, [.. order.Select(Samples.Record)], Ct);

        var expected = order.Where(i => matches(Samples.ColumnsOf(i))).ToList();
        Assert.Equal(expected, await PageThroughAsync(store, query with { OldestFirst = true, Limit = expected.Count > 500 ? 101 : 7 }));
        Assert.Equal(expected.AsEnumerable().Reverse(), await PageThroughAsync(store, query with { Limit = LedgerQuery.MaxLimit }));
    }

    [Fact]
    public async Task Given_records_appended_while_paging_When_newest_first_Then_pages_neither_repeat_nor_skip()
    {
        await using var ledger = await WithAsync(100);
        var store = await ledger.OpenStoreAsync();
        var first = await store.QueryAsync(Samples.Log, new LedgerQuery { Limit = 60 }, Ct);
        await store.AppendAsync(Samples.Log, Samples.Records(100, 50), Ct);
        var second = await store.QueryAsync(Samples.Log, new LedgerQuery { Limit = 60, Cursor = first.Next }, Ct);
        Assert.Equal(Enumerable.Range(0, 100).Reverse().Select(i => (long)i), first.Entries.Concat(second.Entries).Select(e => e.Index));
        Assert.Null(second.Next);
        Assert.Equal((100, 150), (first.Head.Size, second.Head.Size));
    }

    [Theory, InlineData(0, null), InlineData(501, null), InlineData(10, "-1"), InlineData(10, "zz"), InlineData(10, "")]
    public async Task Given_a_limit_or_cursor_that_is_none_When_asked_Then_it_is_refused(int limit, string? cursor)
    {
        await using var ledger = await WithAsync(3);
        var store = await ledger.OpenStoreAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => store.QueryAsync(Samples.Log, new LedgerQuery { Limit = limit, Cursor = cursor }, Ct));
    }

    [Fact]
    public async Task Given_a_grown_log_When_proofs_are_asked_Then_they_hold_for_any_record_and_size()
    {
        await using var ledger = NewLedger();
        var store = await ledger.OpenStoreAsync();
        var heads = new Dictionary<long, TreeHead>();
        foreach (var batch in new[] { 1, 2, 60, 200, 256, 500 })
        {
            var size = (int)(await store.HeadAsync(Samples.Log, Ct)).Size;
            await store.AppendAsync(Samples.Log, Samples.Records(size, batch), Ct);
            var head = await store.HeadAsync(Samples.Log, Ct);
            heads[head.Size] = head;
        }

        var last = heads.Values.MaxBy(head => head.Size)!;
        foreach (var old in heads.Values)
        {
            Assert.True((await store.ConsistencyProofAsync(Samples.Log, old.Size, last.Size, Ct)).Verify(old.Root, last.Root));
            foreach (var index in new[] { 0, old.Size / 2, old.Size - 1 })
            {
                var proof = await store.InclusionProofAsync(Samples.Log, index, old.Size, Ct);
                Assert.True(proof.Verify(Samples.Record((int)index).Bytes.Span, old.Root));
                Assert.False(proof.Verify(Samples.Record((int)index + 1).Bytes.Span, old.Root));
            }
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.InclusionProofAsync(Samples.Log, last.Size, null, Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.InclusionProofAsync("no such log", 0, null, Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ConsistencyProofAsync(Samples.Log, 1, last.Size + 1, Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ConsistencyProofAsync(Samples.Log, 0, last.Size, Ct));
    }

    private static async Task<List<int>> PageThroughAsync(ILedgerStore store, LedgerQuery query)
    {
        var found = new List<int>();
        LedgerPage page;
        do
        {
            page = await store.QueryAsync(Samples.Log, query, Ct);
            Assert.True(page.Entries.Count <= query.Limit && (page.Next is null || page.Entries.Count == query.Limit));
            foreach (var entry in page.Entries)
            {
                var number = BitConverter.ToInt32(entry.Columns.RecordId.ToByteArray());
                AppendTests.AssertSame(Samples.Record(number), entry);
                found.Add(number);
            }

            query = query with { Cursor = page.Next };
        }
        while (page.Next is not null);
        return found;
    }
}
