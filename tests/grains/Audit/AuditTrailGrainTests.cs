using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Audit;

public sealed class AuditTrailGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Theory]
    [InlineData(Role.SecurityOfficer)]
    [InlineData(Role.PrivacyOfficer)]
    public async Task Given_an_officer_When_reading_the_log_Then_the_question_is_on_it_before_the_answer(Role role)
    {
        var practice = await _host.FoundPracticeAsync();
        var officer = practice.As(role);

        var page = await AskAsync(officer, new AuditQuery(CorrelationId: officer.Caller.CorrelationId));

        var record = Assert.Single(page.Items).Record;
        Assert.Equal(("audit.read", officer.Caller.ActorId), (record.Event, record.ActorId));
        Assert.Equal("correlation", record.Detail["conditions"]);
        var head = await _host.Ledger.HeadAsync(practice.Id.ToString("D"), TestContext.Current.CancellationToken);
        Assert.Equal((head.Size, head.Root.ToString()), (page.TreeSize, page.RootHash));
    }

    [Fact]
    public async Task Given_words_in_a_question_When_it_is_recorded_Then_the_words_are_not()
    {
        var practice = await _host.FoundPracticeAsync();
        var officer = practice.As(Role.SecurityOfficer);

        await AskAsync(officer, new AuditQuery(CorrelationId: "jane roe", EntityId: "her chart", Event: "why not"));

        var record = await officer.OnlyRecordAsync();
        Assert.Equal("event correlation entity", record.Detail["conditions"]);
        Assert.DoesNotContain("jane", JsonSerializer.Serialize(record, GrainJson.TypeInfo<AuditRecord>()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_records_of_several_people_When_asked_with_conditions_Then_all_must_hold()
    {
        var practice = await _host.FoundPracticeAsync();
        var (one, two) = (practice.As(Role.Clinical), practice.As(Role.Administrative));
        await one.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await two.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await two.CallAsync("practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("Name", "America/New_York"), 1));
        var officer = practice.As(Role.SecurityOfficer);

        Assert.Equal(["practice.read"], await EventsAsync(officer, new AuditQuery(Actor: one.Caller.ActorId)));
        Assert.Equal(["practice.updated", "practice.read"], await EventsAsync(officer, new AuditQuery(Actor: two.Caller.ActorId)));
        Assert.Equal(["practice.updated"], await EventsAsync(officer, new AuditQuery(Actor: two.Caller.ActorId, Event: "practice.updated")));
        Assert.Equal(
            ["practice.read", "practice.updated"], await EventsAsync(officer, new AuditQuery(Actor: two.Caller.ActorId, OldestFirst: true)));
        Assert.Empty(await EventsAsync(officer, new AuditQuery(Actor: one.Caller.ActorId, Patient: Guid.Empty)));
        Assert.Empty(await EventsAsync(officer, new AuditQuery(Actor: one.Caller.ActorId, To: _host.Time.GetUtcNow())));
        Assert.Equal(["practice.read"], await EventsAsync(officer, new AuditQuery(Actor: one.Caller.ActorId, From: _host.Time.GetUtcNow())));
    }

    [Fact]
    public async Task Given_more_records_than_a_page_When_paging_Then_each_is_shown_once_in_order()
    {
        var practice = await _host.FoundPracticeAsync();
        var reader = practice.As(Role.Clinical);
        for (var i = 0; i < 7; i++) await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        var query = new AuditQuery(Actor: reader.Caller.ActorId, OldestFirst: true);
        var officer = practice.As(Role.SecurityOfficer);

        List<long> seen = [];
        string? cursor = null;
        do
        {
            var page = await AskAsync(officer, query, cursor, 3);
            seen.AddRange(page.Items.Select(item => item.Index));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(7, seen.Count);
        Assert.Equal(seen.Order().Distinct(), seen);
    }

    [Fact]
    public async Task Given_a_cursor_of_another_question_or_an_altered_one_When_paging_Then_it_is_refused()
    {
        var practice = await _host.FoundPracticeAsync();
        var reader = practice.As(Role.Clinical);
        for (var i = 0; i < 3; i++) await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        var officer = practice.As(Role.SecurityOfficer);
        var query = new AuditQuery(Actor: reader.Caller.ActorId);
        var cursor = (await AskAsync(officer, query, limit: 1)).Next!;

        List<(AuditQuery Query, string Cursor)> bad = [(query with { OldestFirst = true }, cursor), (query, "x"), (query, cursor + "A"), (query, "")];
        for (var at = 0; at < cursor.Length; at++)
            bad.Add((query, string.Concat(cursor.AsSpan(0, at), cursor[at] == 'A' ? "B" : "A", cursor.AsSpan(at + 1))));
        foreach (var (asked, used) in bad)
        {
            var refusal = await officer.RefusedAsync(
                ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(asked, new PageRequest(used, 1)));
            Assert.Equal("/cursor", refusal.Pointer);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    [InlineData(-1)]
    public async Task Given_a_limit_out_of_bounds_When_asking_Then_it_is_refused_and_recorded(int limit)
    {
        var practice = await _host.FoundPracticeAsync();
        var officer = practice.As(Role.SecurityOfficer);

        await officer.RefusedAsync(ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(), new PageRequest(null, limit)));

        var record = await officer.OnlyRecordAsync();
        Assert.Equal(("audit.read", AuditOutcome.Refused, "invalid_request"), (record.Event, record.Outcome, record.Reason));
    }

    [Fact]
    public async Task Given_an_end_before_the_beginning_When_asking_Then_it_is_refused()
    {
        var practice = await _host.FoundPracticeAsync();
        var now = _host.Time.GetUtcNow();
        var refusal = await practice.As(Role.SecurityOfficer).RefusedAsync(
            ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(From: now, To: now), new PageRequest(null, 1)));
        Assert.Equal("/to", refusal.Pointer);
    }

    [Fact]
    public async Task Given_an_administrator_When_reading_the_log_Then_it_is_forbidden()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative);
        await administrator.RefusedAsync(ErrorCode.Forbidden, "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(), new PageRequest(null, 1)));
        Assert.Equal("access.refused", (await administrator.OnlyRecordAsync()).Event);
    }

    private static Task<AuditPage> AskAsync(Actor officer, AuditQuery query, string? cursor = null, int limit = 50) =>
        officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.QueryAsync(query, new PageRequest(cursor, limit)));

    private static async Task<IEnumerable<string>> EventsAsync(Actor officer, AuditQuery query) =>
        (await AskAsync(officer, query)).Items.Select(item => item.Record.Event);
}
