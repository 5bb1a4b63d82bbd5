using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>Exports and the live log below the API: tickets, what is recorded, and who may go on.</summary>
public sealed class AuditTrailBatchTests : IAsyncLifetime
{
    private static readonly AuditQuery Reads = new(Event: "practice.read", OldestFirst: true);
    private static readonly AuditQuery ReadsToCome = new(Event: "practice.read");
    private GrainHost? _host;

    private GrainHost Host => _host!;

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task Given_an_export_that_began_When_more_happens_Then_it_ends_where_the_log_ended_at_its_beginning()
    {
        var (practice, officer) = await SignedInAsync();
        await ReadAsync(practice, 501);
        var first = await ExportAsync(officer, Reads);
        Assert.Equal(500, first.Items.Length);
        await ReadAsync(practice, 3);
        var last = await NextAsync(officer, Reads, first.Ticket!);
        Assert.Single(last.Items);
        Assert.Null(last.Ticket);
        var record = Assert.Single(await officer.TrailAsync());
        Assert.Equal((AuditEvents.AuditExported.Code, "csv"), (record.Event, record.Detail["format"]));
    }

    [Fact]
    public async Task Given_a_ticket_When_somebody_else_or_another_session_or_question_uses_it_Then_refused()
    {
        var (practice, officer) = await SignedInAsync();
        await ReadAsync(practice, 501);
        var ticket = (await ExportAsync(officer, Reads)).Ticket!;
        var others = new (Actor Who, AuditQuery Query, string Ticket)[]
        {
            (practice.As(Role.SecurityOfficer), Reads, ticket),
            (new Actor(Host, officer.Caller with { SessionId = practice.NewId() }), Reads, ticket),
            (officer, Reads with { Event = "patient.read" }, ticket),
            (officer, Reads, ticket[..^1] + (ticket[^1] == 'A' ? 'B' : 'A')),
        };
        foreach (var (who, query, used) in others)
            await who.RefusedAsync(ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.ExportNextAsync(query, used));
        // A ticket of the live log opens no export.
        var live = (await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.FollowAsync(ReadsToCome, null))).Ticket!;
        await officer.RefusedAsync(ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.ExportNextAsync(ReadsToCome, live));
    }

    [Fact]
    public async Task Given_a_session_that_ended_When_the_export_goes_on_Then_refused_on_the_log()
    {
        var (practice, officer) = await SignedInAsync();
        await ReadAsync(practice, 501);
        var ticket = (await ExportAsync(officer, Reads)).Ticket!;
        await new Actor(Host, officer.Caller).CallKeyAsync(GrainKeys.Of(practice.Id, officer.Caller.SessionId!.Value), (IUserSessionGrain g) => g.EndAsync());
        var again = officer.Again();
        await again.RefusedAsync(ErrorCode.Unauthenticated, "audit-trail", (IAuditTrailGrain g) => g.ExportNextAsync(Reads, ticket));
        var record = await again.OnlyRecordAsync();
        Assert.Equal((AuditEvents.AccessRefused.Code, "cut_off"), (record.Event, record.Reason));
    }

    [Fact]
    public async Task Given_no_fresh_proof_of_identity_When_exporting_Then_refused()
    {
        var (_, officer) = await SignedInAsync();
        var stale = new Actor(Host, officer.Caller with { ReauthenticatedAt = null });
        await stale.RefusedAsync(ErrorCode.ReauthenticationRequired, "audit-trail", (IAuditTrailGrain g) => g.ExportAsync(Reads, AuditFormat.Csv));
    }

    [Fact]
    public async Task Given_the_log_is_followed_When_ten_minutes_pass_Then_that_is_on_the_log_again_and_only_then()
    {
        var (practice, officer) = await SignedInAsync();
        var batch = await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.FollowAsync(ReadsToCome, null));
        for (var minute = 1; minute <= 12; minute++)
        {
            await PassAsync(officer);
            batch = await FollowAsync(officer, batch.Ticket!);
        }

        Assert.Equal([AuditEvents.AuditFollowed.Code, AuditEvents.AuditFollowed.Code], (await officer.TrailAsync()).Select(r => r.Event));
        await ReadAsync(practice, 1);
        await Host.Ledger.ArrivalAsync(practice.Id.ToString("D"), r => r.Event == "practice.read");
        Assert.Equal("practice.read", Assert.Single((await FollowAsync(officer, batch.Ticket!)).Items).Record.Event);
    }

    [Fact]
    public async Task Given_the_log_is_followed_and_nothing_else_done_When_the_idle_limit_passes_Then_refused()
    {
        var (_, officer) = await SignedInAsync();
        var batch = await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.FollowAsync(ReadsToCome, null));
        for (var minute = 1; minute < 15; minute++)
        {
            await PassAsync(officer);
            batch = await FollowAsync(officer, batch.Ticket!);
        }

        await PassAsync(officer);
        await officer.RefusedAsync(ErrorCode.Unauthenticated, "audit-trail", (IAuditTrailGrain g) => g.FollowNextAsync(ReadsToCome, batch.Ticket!));
    }

    [Fact]
    public async Task Given_an_order_or_times_When_following_Then_refused()
    {
        var (_, officer) = await SignedInAsync();
        foreach (var query in new[] { Reads, ReadsToCome with { From = Host.Time.GetUtcNow() }, ReadsToCome with { Sort = AuditSort.Actor } })
            await officer.RefusedAsync(ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.FollowAsync(query, null));
        await officer.RefusedAsync(ErrorCode.InvalidRequest, "audit-trail", (IAuditTrailGrain g) => g.FollowAsync(ReadsToCome, 1_000_000));
    }

    private async Task<(TestPractice Practice, Actor Officer)> SignedInAsync()
    {
        var practice = await Host.FoundPracticeAsync();
        await practice.CreateAsync("officer", Role.SecurityOfficer);
        var opened = await Host.SignInAsync(practice, "officer");
        var caller = TestPractice.CallerOf(practice.Id, opened.Session.User, Role.SecurityOfficer) with { SessionId = opened.Session.Id };
        return (practice, new Actor(Host, caller).Reauthenticated());
    }

    // Once everything published is on the ledger: what is under way would take the jump for a time-out.
    private async Task PassAsync(Actor officer)
    {
        await officer.TrailAsync();
        Host.Time.Advance(TimeSpan.FromMinutes(1));
    }

    private static Task<PracticeRecord[]> ReadAsync(TestPractice practice, int times)
    {
        var reader = practice.As(Role.Clinical);
        return Task.WhenAll(Enumerable.Range(0, times).Select(_ => reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())));
    }

    private static Task<AuditBatch> ExportAsync(Actor officer, AuditQuery query) =>
        officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.ExportAsync(query, AuditFormat.Csv));

    private static Task<AuditBatch> NextAsync(Actor officer, AuditQuery query, string ticket) =>
        officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.ExportNextAsync(query, ticket));

    private static Task<AuditBatch> FollowAsync(Actor officer, string ticket) =>
        officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.FollowNextAsync(ReadsToCome, ticket));
}
