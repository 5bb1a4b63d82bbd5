using System.Diagnostics;
using JamEmr.Bench.Measuring;
using JamEmr.Ledger;

namespace JamEmr.Bench.Ledger;

/// <summary>Pages by every column, by several at once, and in every order, with the values of records drawn at random.</summary>
internal static class PageBenchmark
{
    private static readonly (string Name, Func<LedgerQuery, LedgerColumns, LedgerQuery> With)[] Conditions =
    [
        ("event", (q, c) => q with { EventCode = c.EventCode }),
        ("category", (q, c) => q with { Category = c.Category }),
        ("action", (q, c) => q with { Action = c.Action }),
        ("outcome", (q, c) => q with { Outcome = c.Outcome }),
        ("actor", (q, c) => q with { ActorId = c.ActorId }),
        ("actor kind", (q, c) => q with { ActorKind = c.ActorKind }),
        ("patient", (q, c) => q with { PatientId = c.PatientId }),
        ("entity type", (q, c) => q with { EntityType = c.EntityType }),
        ("entity", (q, c) => q with { EntityId = c.EntityId }),
        ("address", (q, c) => q with { Address = c.Address }),
        ("correlation", (q, c) => q with { CorrelationId = c.CorrelationId }),
        ("record", (q, c) => q with { RecordId = c.RecordId }),
        ("month", (q, c) => q with { From = c.Time.AddDays(-15), To = c.Time.AddDays(15) }),
    ];

    /// <summary>Asks, and adds the figures to the report.</summary>
    public static async Task<LedgerReport> RunAsync(
        LedgerReport report, ILedgerStore store, string log, int asked, Action<string> progress, CancellationToken ct)
    {
        var all = new LatencyHistogram();
        var kinds = new List<PageFigure>();
        var random = new Random(2);
        foreach (var (kind, make) in Kinds())
        {
            var took = new LatencyHistogram();
            for (var i = 0; i < asked; i++)
            {
                var values = (await store.FindAsync(log, random.NextInt64(report.Records), ct))!.Columns;
                var other = (await store.FindAsync(log, random.NextInt64(report.Records), ct))!.Columns;
                var query = make(values, other, random) with { OldestFirst = random.Next(2) == 0 };

                // Every other page is a second one.
                if (i % 2 == 1) query = query with { Cursor = (await store.QueryAsync(log, query, ct)).Next };
                var since = Stopwatch.GetTimestamp();
                await store.QueryAsync(log, query, ct);
                took.Record((long)Stopwatch.GetElapsedTime(since).TotalNanoseconds);
            }

            all.Add(took);
            kinds.Add(new PageFigure(kind, took.Count, Latency.Of(took)));
            progress($"pages: {kind}: {kinds[^1].Took}");
        }

        return report with { Pages = Latency.Of(all), PageKinds = kinds, WorstPages = kinds.MaxBy(kind => kind.Took.P99Ms) };
    }

    private static IEnumerable<(string Kind, Func<LedgerColumns, LedgerColumns, Random, LedgerQuery> Make)> Kinds()
    {
        yield return ("everything", (_, _, _) => new LedgerQuery());
        foreach (var (name, with) in Conditions) yield return (name, (c, _, _) => with(new LedgerQuery(), c));
        yield return ("two to five conditions that a record meets", (c, _, random) => Some(c, c, random));
        yield return ("two to five conditions of two records", Some);
        yield return ("actor and patient of two records", (c, d, _) => new LedgerQuery { ActorId = c.ActorId, PatientId = d.PatientId });
        yield return ("all conditions but one of two records", (c, d, _) => Conditions[..9].Aggregate(new LedgerQuery { Address = d.Address }, (q, condition) => condition.With(q, c)));
        foreach (var sort in Enum.GetValues<LedgerSort>().Where(sort => sort != LedgerSort.Log))
        {
            yield return ($"by {sort}", (_, _, random) => Sorted(new LedgerQuery(), sort, random));
            yield return ($"by {sort}, one condition", (c, _, random) => Sorted(Conditions[random.Next(Conditions.Length)].With(new LedgerQuery(), c), sort, random));
            yield return ($"by {sort}, two to five conditions", (c, _, random) => Sorted(Some(c, c, random), sort, random));
        }
    }

    private static LedgerQuery Sorted(LedgerQuery query, LedgerSort sort, Random random) => query with { Sort = sort, Descending = random.Next(2) == 0 };

    private static LedgerQuery Some(LedgerColumns first, LedgerColumns second, Random random)
    {
        var chosen = Enumerable.Range(0, Conditions.Length).ToArray();
        random.Shuffle(chosen);
        return chosen.Take(random.Next(2, 6)).Index()
            .Aggregate(new LedgerQuery(), (query, choice) => Conditions[choice.Item].With(query, choice.Index % 2 == 0 ? first : second));
    }
}
