using System.Globalization;
using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What the stream provider asks: events stay until they are confirmed by whoever took them last.</summary>
public sealed class StreamQueryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_events_When_taken_Then_they_come_once_from_the_oldest_on()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var ids = await QueueAsync(queries, 5);

        var first = await TakeAsync(queries, 3);
        var second = await TakeAsync(queries, 3);

        Assert.Equal(ids[..3], Ids(first));
        Assert.Equal(ids[3..], Ids(second));
        Assert.Empty(await TakeAsync(queries, 3));
        Assert.All(first, row => Assert.Equal(("s", "audit", "q", 1), (row.Get<string>("ServiceId"), row.Get<string>("ProviderId"), row.Get<string>("QueueId"), row.Get<int>("Dequeued"))));
        Assert.All(first, row => Assert.True(row.Get<DateTime>("VisibleOn") > row.Get<DateTime>("CreatedOn") && row.Get<DateTime>("ExpiresOn") == DateTime.MaxValue));
        Assert.All(first, row => Assert.True(row.Get<DateTime>("ModifiedOn") >= row.Get<DateTime>("CreatedOn")));
        Assert.Equal<byte>([1, 0], [first[0].Get<byte[]>("Payload")[0], first[0].Get<byte[]>("Payload")[1]]);
        Assert.Empty(await TakeAsync(queries, 3, queue: "other"));
    }

    [Fact]
    public async Task Given_events_that_were_taken_When_their_time_out_of_sight_is_over_Then_they_come_again_and_the_old_receipt_is_worth_nothing()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await QueueAsync(queries, 2);
        var first = await TakeAsync(queries, 10, visibility: 0);

        var second = await TakeAsync(queries, 10);

        Assert.Equal([2, 2], second.Select(row => row.Get<int>("Dequeued")));
        Assert.Empty(await ConfirmAsync(queries, first));
        Assert.Equal(Ids(second), await ConfirmAsync(queries, second));
        Assert.Empty(await ConfirmAsync(queries, second));
    }

    [Fact]
    public async Task Given_an_event_that_failed_however_often_Then_it_comes_again_at_once_and_is_never_thrown_away()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var id = Assert.Single(await QueueAsync(queries, 1));
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            var row = Assert.Single(await TakeAsync(queries, 10, attempts: 5));
            Assert.Equal((id, attempt), (row.Get<long>("MessageId"), row.Get<int>("Dequeued")));
            Assert.Empty(await queries.AskAsync(
                "FailStreamMessageKey", new { ServiceId = "s", ProviderId = "audit", QueueId = "q", MessageId = id, MaxAttempts = 5, RemovalTimeout = 0 }));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_queue_that_another_silo_is_taking_from_When_taken_from_Then_nothing_is_overtaken_or_taken_twice(bool stays)
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var ids = await QueueAsync(queries, 4);
        await using var other = await queries.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync(Ct);
        Assert.Equal(ids[..2], Ids(await queries.AskAsync(other, "GetStreamMessagesKey", Take("q", 2, 60, int.MaxValue))));

        var mine = TakeAsync(queries, 2);
        await queries.BlockedAsync();
        if (stays) await transaction.CommitAsync(Ct);
        else await transaction.RollbackAsync(Ct);

        Assert.Equal(stays ? [] : ids[..2], Ids(await mine));
        Assert.Equal(ids[2..], Ids(await TakeAsync(queries, 2)));
    }

    [Fact]
    public async Task Given_takers_at_once_When_all_is_confirmed_Then_each_event_was_taken_by_one_of_them()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var ids = await QueueAsync(queries, 60);

        var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            var mine = new List<long>();
            while (await TakeAsync(queries, 4) is { Count: > 0 } rows) mine.AddRange(await ConfirmAsync(queries, rows));
            return mine;
        }));

        Assert.Equal(ids, taken.SelectMany(mine => mine).Order());
    }

    [Fact]
    public async Task Given_the_statements_that_evict_When_run_Then_they_evict_nothing()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await QueueAsync(queries, 1);
        foreach (var key in (string[])["EvictStreamMessagesKey", "EvictStreamDeadLettersKey"])
        {
            Assert.Empty(await queries.AskAsync(
                key, new { ServiceId = "s", ProviderId = "audit", QueueId = "q", MaxCount = 10, MaxAttempts = 0, RemovalTimeout = 0 }));
        }

        Assert.Single(await TakeAsync(queries, 10));
    }

    [Fact]
    public async Task Given_every_statement_When_planned_Then_an_index_finds_the_rows_in_their_order()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        string[] plans =
        [
            await queries.PlanAsync("GetStreamMessagesKey", Take("q", 10, 60, 5)),
            await queries.PlanAsync("ConfirmStreamMessagesKey", new { ServiceId = "s", ProviderId = "audit", QueueId = "q", Items = "1:1|2:1" }),
            await queries.PlanAsync("FailStreamMessageKey", new { ServiceId = "s", ProviderId = "audit", QueueId = "q", MessageId = 1L, MaxAttempts = 5, RemovalTimeout = 0 }),
        ];
        Assert.All(plans, plan => Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal));
        Assert.All(plans, plan => Assert.Matches(@"Index Cond: .*queue_id = .* AND \(id [<>=]", plan));
        Assert.All(plans, plan => Assert.DoesNotContain("JIT", plan, StringComparison.Ordinal));
        Assert.DoesNotContain("Sort", plans[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_events_that_are_taken_and_confirmed_When_more_is_done_on_the_connection_Then_that_is_on_disk_before_it_is_acknowledged()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await QueueAsync(queries, 1);
        await using var connection = await queries.ConnectAsync();

        // Once they have run a few times they are prepared; what they switch off is on again when they end.
        for (var n = 0; n < 4; n++)
        {
            await queries.AskAsync(connection, "GetStreamMessagesKey", Take("q", 1, 0, 5));
            await queries.AskAsync(connection, "ConfirmStreamMessagesKey", new { ServiceId = "s", ProviderId = "audit", QueueId = "q", Items = "1:9" });
        }

        await using var command = new NpgsqlCommand("SHOW synchronous_commit", connection);
        Assert.Equal("on", await command.ExecuteScalarAsync(Ct));
    }

    private static async Task<long[]> QueueAsync(ProviderQueries queries, int count)
    {
        var ids = new long[count];
        for (var n = 0; n < count; n++)
        {
            var row = Assert.Single(await queries.AskAsync("QueueStreamMessageKey", new
            {
                ServiceId = "s",
                ProviderId = "audit",
                QueueId = "q",
                Payload = new byte[] { 1, (byte)n },
                ExpiryTimeout = 0,
            }));
            Assert.Equal(("s", "audit", "q"), (row.Get<string>("ServiceId"), row.Get<string>("ProviderId"), row.Get<string>("QueueId")));
            ids[n] = row.Get<long>("MessageId");
        }

        return ids;
    }

    // The provider's rows come in no order of their own; its reader sorts them.
    private static async Task<List<Row>> TakeAsync(ProviderQueries queries, int count, int visibility = 60, int attempts = int.MaxValue, string queue = "q") =>
        [.. (await queries.AskAsync("GetStreamMessagesKey", Take(queue, count, visibility, attempts))).OrderBy(row => row.Get<long>("MessageId"))];

    private static object Take(string queue, int count, int visibility, int attempts) => new
    {
        ServiceId = "s",
        ProviderId = "audit",
        QueueId = queue,
        MaxCount = count,
        MaxAttempts = attempts,
        VisibilityTimeout = visibility,
        RemovalTimeout = 0,
        EvictionInterval = 60,
        EvictionBatchSize = 10,
    };

    private static async Task<IEnumerable<long>> ConfirmAsync(ProviderQueries queries, List<Row> rows)
    {
        var items = string.Join('|', rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Get<long>("MessageId")}:{row.Get<int>("Dequeued")}")));
        return Ids(await queries.AskAsync("ConfirmStreamMessagesKey", new { ServiceId = "s", ProviderId = "audit", QueueId = "q", Items = items })).Order();
    }

    private static long[] Ids(List<Row> rows) => [.. rows.Select(row => row.Get<long>("MessageId")).Order()];
}
