namespace JamEmr.Tests.Unit.Postgres;

/// <summary>What the reminder provider asks.</summary>
public sealed class ReminderQueryTests
{
    private static readonly DateTime Start = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Given_a_reminder_When_made_and_changed_Then_there_is_one_and_its_version_moves()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var first = await UpsertAsync(queries, "chart/p1/a", "due", hash: 5, period: 60_000L);
        var second = await UpsertAsync(queries, "chart/p1/a", "due", hash: 5, period: 30_000_000_000L);

        Assert.NotEqual(first, second);
        var row = Assert.Single(await queries.AskAsync("ReadReminderRowKey", new { ServiceId = "s", GrainId = "chart/p1/a", ReminderName = "due" }));
        Assert.Equal(("chart/p1/a", "due", 30_000_000_000L), (row.Get<string>("GrainId"), row.Get<string>("ReminderName"), row.Get<long>("Period")));
        Assert.Equal((Start, second), (row.Get<DateTime>("StartTime"), row.Get<int>("Version")));
        Assert.Empty(await queries.AskAsync("ReadReminderRowKey", new { ServiceId = "s", GrainId = "chart/p1/a", ReminderName = "other" }));
    }

    [Fact]
    public async Task Given_a_short_period_When_sent_as_the_provider_sends_it_Then_it_is_read_as_a_long_one_is()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await queries.AskAsync("UpsertReminderRowKey", new { ServiceId = "s", GrainHash = 1, GrainId = "g", ReminderName = "n", StartTime = Start, Period = 60_000 });
        Assert.Equal(60_000L, Assert.Single(await queries.AskAsync("ReadReminderRowsKey", new { ServiceId = "s", GrainId = "g" })).Get<long>("Period"));
    }

    [Fact]
    public async Task Given_a_reminder_that_was_removed_and_made_again_When_removed_with_the_old_version_Then_it_stays()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        var old = await UpsertAsync(queries, "g", "n", hash: 1);
        Assert.Equal(1, await DeleteAsync(queries, "g", "n", old));
        var young = await UpsertAsync(queries, "g", "n", hash: 1);

        Assert.Equal(0, await DeleteAsync(queries, "g", "n", old));
        Assert.Equal(1, await DeleteAsync(queries, "g", "n", young));
        Assert.Empty(await queries.AskAsync("ReadReminderRowsKey", new { ServiceId = "s", GrainId = "g" }));
    }

    [Theory]
    [InlineData("ReadRangeRows1Key", -10, 10, "-9,0,10")]
    [InlineData("ReadRangeRows1Key", 10, 2147483647, "11,2147483647")]
    [InlineData("ReadRangeRows2Key", 10, -10, "-2147483648,-10,11,2147483647")]
    [InlineData("ReadRangeRows2Key", 0, 0, "-2147483648,-10,-9,0,10,11,2147483647")]
    public async Task Given_hashes_around_the_ring_When_a_part_is_read_Then_its_begin_is_out_and_its_end_in(string key, int begin, int end, string expected)
    {
        await using var queries = await ProviderQueries.CreateAsync();
        foreach (var hash in (int[])[int.MinValue, -10, -9, 0, 10, 11, int.MaxValue])
            await UpsertAsync(queries, hash.ToString(System.Globalization.CultureInfo.InvariantCulture), "n", hash);

        var found = await queries.AskAsync(key, new { ServiceId = "s", BeginHash = begin, EndHash = end });

        Assert.Equal(expected.Split(',').Order(StringComparer.Ordinal), found.Select(row => row.Get<string>("GrainId")).Order(StringComparer.Ordinal));
        Assert.Empty(await queries.AskAsync(key, new { ServiceId = "other", BeginHash = begin, EndHash = end }));
    }

    [Fact]
    public async Task Given_a_service_When_its_reminders_are_deleted_Then_another_services_stay()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        await UpsertAsync(queries, "g", "n", hash: 1);
        await UpsertAsync(queries, "g", "n", hash: 1, service: "other");
        await queries.AskAsync("DeleteReminderRowsKey", new { ServiceId = "s" });
        Assert.Empty(await queries.AskAsync("ReadReminderRowsKey", new { ServiceId = "s", GrainId = "g" }));
        Assert.Single(await queries.AskAsync("ReadReminderRowsKey", new { ServiceId = "other", GrainId = "g" }));
    }

    [Fact]
    public async Task Given_every_statement_When_planned_Then_an_index_finds_the_rows()
    {
        await using var queries = await ProviderQueries.CreateAsync();
        string[] plans =
        [
            await queries.PlanAsync("ReadReminderRowKey", new { ServiceId = "s", GrainId = "g", ReminderName = "n" }),
            await queries.PlanAsync("ReadReminderRowsKey", new { ServiceId = "s", GrainId = "g" }),
            await queries.PlanAsync("ReadRangeRows1Key", new { ServiceId = "s", BeginHash = 1, EndHash = 2 }),
            await queries.PlanAsync("DeleteReminderRowKey", new { ServiceId = "s", GrainId = "g", ReminderName = "n", Version = 1 }),
        ];
        Assert.All(plans, plan => Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal));
        Assert.Contains("jamemr_reminder_range", plans[2], StringComparison.Ordinal);
    }

    private static async Task<int> UpsertAsync(ProviderQueries queries, string grain, string name, int hash, long period = 60_000L, string service = "s") =>
        Assert.Single(await queries.AskAsync("UpsertReminderRowKey", new
        {
            ServiceId = service,
            GrainHash = hash,
            GrainId = grain,
            ReminderName = name,
            StartTime = Start,
            Period = period,
        })).Get<int>("Version");

    private static async Task<int> DeleteAsync(ProviderQueries queries, string grain, string name, int version) =>
        Assert.Single(await queries.AskAsync("DeleteReminderRowKey", new { ServiceId = "s", GrainId = grain, ReminderName = name, Version = version })).Get<int>(0);
}
