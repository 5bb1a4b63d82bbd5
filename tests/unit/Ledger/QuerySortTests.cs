using System.Text;
using JamEmr.Ledger;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>Two complete epochs and a part of one, with values of every form, asked for in every order beside what sorting them all gives.</summary>
public abstract class QuerySortTests(QuerySortTests.Filled filled)
{
    private static readonly Dictionary<string, (LedgerQuery Query, Func<LedgerColumns, bool> Matches)> Filters = new(StringComparer.Ordinal)
    {
        ["all"] = (new(), _ => true),
        ["half"] = (new() { Action = "read" }, c => c.Action == "read"),
        ["much"] = (new() { ActorId = Samples.Actor(1), Action = "read" }, c => c.ActorId == Samples.Actor(1) && c.Action == "read"),
        ["late"] = (new() { From = Samples.Start.AddSeconds(5000) }, c => c.Time >= Samples.Start.AddSeconds(5000)),
        ["few"] = (new() { Outcome = "refused", ActorId = Samples.Actor(1) }, c => c.Outcome == "refused" && c.ActorId == Samples.Actor(1)),
        ["one"] = (new() { RecordId = Filled.IdOf(9001) }, c => c.RecordId == Filled.IdOf(9001)),
        ["none"] = (new() { Outcome = "refused", Action = "never" }, _ => false),
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<LedgerSort, string> Orders =>
        [.. Enum.GetValues<LedgerSort>().SelectMany(_ => Filters.Keys, (sort, filter) => new TheoryDataRow<LedgerSort, string>(sort, filter))];

    [Theory, MemberData(nameof(Orders))]
    public async Task Given_values_of_every_form_When_sorted_Then_the_pages_are_those_of_a_plain_sort(LedgerSort sort, string filter)
    {
        var (query, matches) = Filters[filter];
        foreach (var (descending, oldestFirst) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            var expected = filled.Sorted(sort, descending, oldestFirst, matches);
            var asked = query with { Sort = sort, Descending = descending, OldestFirst = oldestFirst, Limit = 41 };
            Assert.Equal(expected.Take(3 * 41), await PagesAsync(asked, 3));

            // The end, where the records without a value are, from a page that begins well before it.
            if (expected.Count <= 200) continue;
            var before = LedgerQuery.CursorAfter(expected[^150]);
            Assert.Equal(expected[^149..], await PagesAsync(asked with { Cursor = before }, 10));
        }
    }

    [Fact]
    public async Task Given_every_page_of_a_column_with_many_values_When_read_Then_each_record_comes_once()
    {
        var expected = filled.Sorted(LedgerSort.Entity, false, true, _ => true);
        Assert.Equal(expected, await PagesAsync(new LedgerQuery { Sort = LedgerSort.Entity, OldestFirst = true, Limit = LedgerQuery.MaxLimit }, int.MaxValue));
    }

    [Fact]
    public async Task Given_a_cursor_beyond_the_log_When_sorted_Then_it_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => filled.Store.QueryAsync(
            Samples.Log, new LedgerQuery { Sort = LedgerSort.Patient, Cursor = LedgerQuery.CursorAfter(Filled.Count) }, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => filled.Store.QueryAsync(Samples.Log, new LedgerQuery { Sort = (LedgerSort)99 }, Ct));
    }

    [Fact]
    public async Task Given_the_log_When_counted_Then_the_lines_are_those_of_a_plain_count()
    {
        foreach (var (query, matches) in Filters.Values)
        {
            foreach (var by in new[] { CountBy.Day, CountBy.Actor | CountBy.Outcome, CountBy.Actor | CountBy.Action | CountBy.Event | CountBy.Outcome })
            {
                var expected = filled.Columns.Where(matches)
                    .GroupBy(c => (
                        Day: DateOnly.FromDateTime(c.Time.UtcDateTime),
                        Actor: by.HasFlag(CountBy.Actor) ? c.ActorId : null,
                        Action: by.HasFlag(CountBy.Action) ? c.Action : null,
                        Event: by.HasFlag(CountBy.Event) ? c.EventCode : null,
                        Outcome: by.HasFlag(CountBy.Outcome) ? c.Outcome : null))
                    .OrderBy(g => g.Key.Day).ThenBy(g => g.Key.Actor, StringComparer.Ordinal).ThenBy(g => g.Key.Action, StringComparer.Ordinal)
                    .ThenBy(g => g.Key.Event, StringComparer.Ordinal).ThenBy(g => g.Key.Outcome, StringComparer.Ordinal)
                    .Select(g => new LedgerCount(g.Key.Day, g.Key.Actor, g.Key.Action, g.Key.Event, g.Key.Outcome, g.Count()));
                Assert.Equal(expected, await filled.Store.CountAsync(Samples.Log, query, by, Ct));
            }
        }
    }

    private async Task<List<long>> PagesAsync(LedgerQuery query, int pages)
    {
        var found = new List<long>();
        for (var i = 0; i < pages; i++)
        {
            var page = await filled.Store.QueryAsync(Samples.Log, query, Ct);
            found.AddRange(page.Entries.Select(entry => entry.Index));
            Assert.True(page.Next is null || page.Entries.Count == query.Limit);
            if (page.Next is null) break;
            query = query with { Cursor = page.Next };
        }

        return found;
    }

    /// <summary>The log that all of these ask.</summary>
    public abstract class Filled(TestLedger ledger) : IAsyncLifetime
    {
        public const int Count = 17_000;

        public List<LedgerColumns> Columns { get; } = [.. Enumerable.Range(0, Count).Select(ColumnsOf)];

        public ILedgerStore Store { get; private set; } = null!;

        // Ids of no order at all in the first epoch, and in that of time afterwards.
        public static Guid IdOf(int number) => number < 8000 ? new Guid((uint)number * 2654435761U, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) : Samples.Id(number);

        public async ValueTask InitializeAsync()
        {
            Store = await ledger.OpenStoreAsync();
            for (var from = 0; from < Count; from += 1700)
            {
                var batch = Enumerable.Range(from, 1700).Select(i => new LedgerRecord(Columns[i], Encoding.UTF8.GetBytes($"record {i}"))).ToArray();
                await Store.AppendAsync(Samples.Log, batch, Ct);
            }
        }

        public List<long> Sorted(LedgerSort sort, bool descending, bool oldestFirst, Func<LedgerColumns, bool> matches)
        {
            var order = Comparer<(string? Value, int Index)>.Create((x, y) =>
            {
                if (x.Value is null != y.Value is null) return x.Value is null ? 1 : -1;
                var byValue = x.Value is null ? 0 : Encoding.UTF8.GetBytes(x.Value).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y.Value!));
                if (byValue != 0) return descending ? -byValue : byValue;
                return oldestFirst ? x.Index.CompareTo(y.Index) : y.Index.CompareTo(x.Index);
            });
            return [.. Enumerable.Range(0, Count).Where(i => matches(Columns[i])).Select(i => (Value(sort, Columns[i]), i)).Order(order).Select(x => (long)x.Item2)];
        }

        public async ValueTask DisposeAsync()
        {
            await ledger.DisposeAsync();
            GC.SuppressFinalize(this);
        }

        private static LedgerColumns ColumnsOf(int number) => Samples.ColumnsOf(number) with
        {
            RecordId = IdOf(number),
            Time = Samples.Start.AddSeconds(number % 97 == 5 ? number - 3000 : number * 7),
            EventCode = $"event.{number * 31 % 400}",
            Category = number % 9 == 0 ? null : Samples.ColumnsOf(number).Category,
            Outcome = number % 11 == 10 ? "refused" : number < 5 ? "unknown" : "success",
            ActorKind = number % 2 == 0 ? "user" : null,
            EntityId = Form(number * 7919 % 6000),
            PatientId = number % 5 == 4 ? null : Samples.Patient(number * 31 % 1000),
            CorrelationId = number % 13 == 12 && number > 9000 ? null : Form(number * 104729 % 15000),
            Address = $"10.0.{number * 7 % 20}.{number % 3}",
        };

        private static string Form(int number) => (number % 6) switch
        {
            0 => new Guid(number * 40503, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).ToString(),
            1 => new Guid(number * 40503, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).ToString("N"),
            2 => $"visit-{number}",
            3 => $"{(char)('a' + number % 26)}{number % 7:x}Ü\uFFFD{number}",
            4 => $"\U0001F600{number % 50}",
            _ => new Guid(number * 40503, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).ToString().ToUpperInvariant(),
        };

        private static string? Value(LedgerSort sort, LedgerColumns c) => sort switch
        {
            LedgerSort.Event => c.EventCode,
            LedgerSort.Category => c.Category,
            LedgerSort.Action => c.Action,
            LedgerSort.Outcome => c.Outcome,
            LedgerSort.Actor => c.ActorId,
            LedgerSort.ActorKind => c.ActorKind,
            LedgerSort.Patient => c.PatientId,
            LedgerSort.EntityType => c.EntityType,
            LedgerSort.Entity => c.EntityId,
            LedgerSort.Address => c.Address,
            LedgerSort.Record => c.RecordId.ToString(),
            LedgerSort.Correlation => c.CorrelationId,
            _ => null,
        };
    }
}
