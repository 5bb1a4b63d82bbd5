using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Notices;
using JamEmr.Patients;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Practices;

/// <summary>A practice's agreements by way of approvals: what they open, and what their end closes. The clock begins on 2 March 2026 at 04:00 in
/// the practice's zone.</summary>
public sealed class AgreementTests : IAsyncLifetime
{
    private static readonly DateOnly Today = new(2026, 3, 2);
    private GrainHost _host = null!;
    private TestPractice _practice = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }

    [Fact]
    public async Task Given_an_approved_agreement_When_recorded_Then_real_patients_are_admitted_and_its_names_are_not_on_the_log()
    {
        await _practice.As(Role.FrontDesk).RefusedAsync(ErrorCode.BaaRequired, _practice.NewId(), (IPatientGrain g) => g.RegisterAsync(Real));

        var id = await ApproveAsync(new PrivilegedRequest(RecordBaa: Agreement(Today.AddYears(1))));

        var baa = (await ReadAsync()).Baa;
        Assert.Equal((BaaStatus.InForce, id, "America/New_York"), (baa.Status, baa.Agreement!.Id, baa.Agreement.TimeZone));
        Assert.Equal(Agreement(Today.AddYears(1)).Signers, baa.Agreement.Terms.Signers);
        await _practice.As(Role.FrontDesk).CallAsync(_practice.NewId(), (IPatientGrain g) => g.RegisterAsync(Real));
        var record = await _host.Ledger.ArrivalAsync(Log, r => r.Event == AuditEvents.BaaRecorded.Code);
        Assert.Equal((id.ToString("D"), new string('a', 64)), (record.EntityId, record.Detail["document"]));
        Assert.DoesNotContain("Okafor", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_execution_whose_outcome_was_lost_When_tried_again_Then_the_agreement_is_on_record_once()
    {
        _host.Publishing.Break(r => r.Event == AuditEvents.ApprovalExecuted.Code);
        var request = new PrivilegedRequest(RecordBaa: Agreement(null));
        var (asker, officer, id) = (_practice.As(Role.Administrative).Reauthenticated(), _practice.As(Role.PrivacyOfficer).Reauthenticated(), _practice.NewId());
        var asked = await asker.CallAsync(id, (IApprovalGrain g) => g.RequestAsync(request));
        await officer.RefusedAsync(ErrorCode.Unavailable, id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        _host.Publishing.Mend();
        await _host.RestartAsync();

        Assert.Equal(ApprovalStatus.Executed, (await officer.Again().CallAsync(id, (IApprovalGrain g) => g.GetAsync())).Status);

        var record = await ReadAsync();
        Assert.Equal((BaaStatus.InForce, id, 2), (record.Baa.Status, record.Baa.Agreement!.Id, record.Version));
        Assert.Single(await EventsAsync(AuditEvents.BaaRecorded));
    }

    [Fact]
    public async Task Given_an_agreement_with_an_end_When_the_days_pass_Then_notice_is_given_before_and_the_end_is_on_the_log()
    {
        var id = await ApproveAsync(new PrivilegedRequest(RecordBaa: Agreement(Today.AddDays(31))));
        Assert.Empty(await NoticesAsync(NoticeKind.BaaEnding));

        await PassDaysUntilToldAsync(1, NoticeKind.BaaEnding, 1);
        await PassDaysUntilToldAsync(23, NoticeKind.BaaEnding, 2);
        await PassDaysUntilToldAsync(8, NoticeKind.BaaEnded, 1);

        var ended = Assert.Single(await EventsAsync(AuditEvents.BaaEnded));
        Assert.Equal((id.ToString("D"), "expired", ActorKind.System), (ended.EntityId, ended.Reason, ended.ActorKind));
        Assert.Equal(BaaStatus.Ended, (await ReadAsync()).Baa.Status);
        var notice = (await NoticesAsync(NoticeKind.BaaEnding))[0];
        Assert.Equal((id, new DateTimeOffset(2026, 4, 3, 4, 0, 0, TimeSpan.Zero)), (notice.Entity, notice.DueAt));
    }

    [Fact]
    public async Task Given_an_agreement_in_force_When_ended_as_of_yesterday_Then_it_is_over_at_once_with_its_reason_and_a_new_one_opens_again()
    {
        var first = await ApproveAsync(new PrivilegedRequest(RecordBaa: Agreement(null)));

        var end = await ApproveAsync(new PrivilegedRequest(EndBaa: new EndBaa(Today.AddDays(-1), "Material breach.")));

        var baa = (await ReadAsync()).Baa;
        Assert.Equal((BaaStatus.Ended, first, end, "Material breach."), (baa.Status, baa.Agreement!.Id, baa.Agreement.EndedUnder, baa.Agreement.EndReason));
        Assert.Equal("terminated", Assert.Single(await EventsAsync(AuditEvents.BaaEnded)).Reason);
        Assert.Equal("2026-03-01", Assert.Single(await EventsAsync(AuditEvents.BaaEndSet)).Detail["endsOn"]);
        Assert.DoesNotContain("breach", string.Join(' ', await EventsAsync(AuditEvents.BaaEndSet)), StringComparison.Ordinal);
        Assert.Single(await NoticesAsync(NoticeKind.BaaEnded));

        await ApproveAsync(new PrivilegedRequest(RecordBaa: Agreement(null)));
        Assert.Equal(BaaStatus.InForce, (await ReadAsync()).Baa.Status);
    }

    [Fact]
    public async Task Given_an_agreement_that_ends_today_When_the_practice_moves_west_Then_it_ends_no_later()
    {
        await ApproveAsync(new PrivilegedRequest(RecordBaa: Agreement(Today)));
        await _practice.As(Role.Administrative).CallAsync("practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("West", "Pacific/Honolulu"), 2));

        _host.Time.Jump(TimeSpan.FromHours(20));

        Assert.Equal(BaaStatus.Ended, (await ReadAsync()).Baa.Status);
    }

    [Fact]
    public async Task Given_limits_that_are_approved_When_a_session_opens_Then_they_are_the_practices_and_the_change_is_on_the_log()
    {
        await ApproveAsync(new PrivilegedRequest(AccessSettings: new AccessSettings(5, 8)), Role.SecurityOfficer);

        Assert.Equal(new AccessSettings(5, 8), (await ReadAsync()).Settings);
        var facts = await _practice.As(Role.Clinical).CallAsync("messenger", (IMessengerGrain g) => g.FactsOfAsync(GrainKeys.Of(_practice.Id, "practice")));
        Assert.Equal(new PracticeFacts("America/New_York", BaaStatus.None, 5, 8), facts);
        var changed = Assert.Single(await EventsAsync(AuditEvents.ConfigurationChanged));
        Assert.Equal(("idleMinutes=15 absoluteHours=12", "idleMinutes=5 absoluteHours=8"), (changed.Detail["before"], changed.Detail["after"]));
    }

    [Fact]
    public async Task Given_somebody_who_is_no_approval_When_recording_an_agreement_Then_it_is_refused()
    {
        var approved = new Approved(_practice.NewId(), new string('0', 64), _practice.NewId());
        foreach (var role in new[] { Role.Administrative, Role.PrivacyOfficer, Role.SecurityOfficer })
        {
            await _practice.As(role).RefusedAsync(ErrorCode.Forbidden, "practice", (IPracticeGrain g) => g.RecordBaaAsync(approved, Agreement(null)));
            await _practice.As(role).RefusedAsync(ErrorCode.Forbidden, "practice", (IPracticeGrain g) => g.EndBaaAsync(approved, new EndBaa(Today, "x")));
            await _practice.As(role).RefusedAsync(ErrorCode.Forbidden, "practice", (IPracticeGrain g) => g.ChangeSettingsAsync(approved, new AccessSettings(5, 5)));
        }

        Assert.Equal((BaaStatus.None, 1), ((await ReadAsync()) is var r ? (r.Baa.Status, r.Version) : default));
    }

    [Fact]
    public void Given_a_state_stored_before_there_were_agreements_When_read_Then_it_has_none_and_can_be_stored_again()
    {
        const string Old = """
            {"schema":1,"value":{"founding":{"code":"hill","name":"Hill","timeZone":"UTC"},"record":{"id":"0195a000-0000-7000-8000-000000000001","code":"hill",
            "name":"Hill","timeZone":"UTC","baaExecuted":false,"createdAt":"2026-03-02T09:00:00+00:00","version":3},"series":[{"name":"mrn","last":7}]},"pending":[]}
            """;
        var serializer = new JamEmr.Common.StateSerializer();
        var state = serializer.Deserialize<Audited<PracticeState>>(new BinaryData(Old)).Value!;
        Assert.Equal((3, 7L, null), (state.Record.Version, state.Series[0].Last, state.Settings));
        Assert.Empty(state.Agreements);
        var again = serializer.Deserialize<Audited<PracticeState>>(serializer.Serialize(new Audited<PracticeState> { Schema = 1, Value = state })).Value!;
        Assert.Equal(state.Record, again.Record);
    }

    private string Log => _practice.Id.ToString("D");

    private static Demographics Real => Clinic.Ann with { Synthetic = false };

    private static RecordBaa Agreement(DateOnly? endsOn) => new(
        new string('a', 64),
        [new BaaSigner("Ann Okafor", "Owner", "Hill Clinic", Today), new BaaSigner("Bo Lind", "Director", "Operator Ltd", Today)],
        Today,
        endsOn,
        24,
        [new BaaContact("Ann Okafor", "Owner", "ann@example.org", "")]);

    private async Task<Guid> ApproveAsync(PrivilegedRequest request, Role office = Role.PrivacyOfficer)
    {
        var id = _practice.NewId();
        var asked = await _practice.As(Role.Administrative).Reauthenticated().CallAsync(id, (IApprovalGrain g) => g.RequestAsync(request));
        var done = await _practice.As(office).Reauthenticated().CallAsync(id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        Assert.Equal(ApprovalStatus.Executed, done.Status);
        return id;
    }

    private Task<PracticeRecord> ReadAsync() => _practice.As(Role.FrontDesk).CallAsync("practice", (IPracticeGrain g) => g.GetAsync());

    private async Task<IReadOnlyList<AuditRecord>> EventsAsync(AuditEvent what)
    {
        var page = await _practice.As(Role.SecurityOfficer).CallAsync(
            "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(Event: what.Code), new PageRequest(null, 200)));
        return [.. page.Items.Select(item => item.Record)];
    }

    private async Task<IReadOnlyList<NoticeRecord>> NoticesAsync(NoticeKind kind)
    {
        var page = await _practice.As(Role.PrivacyOfficer).CallAsync("notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 200)));
        return [.. page.Items.Where(notice => notice.Kind == kind)];
    }

    private async Task PassDaysUntilToldAsync(int days, NoticeKind kind, int count)
    {
        // Everything published is on the ledger first: work in flight would take the jump for a time-out.
        await EventsAsync(AuditEvents.BaaRecorded);
        var before = _host.Time.GetUtcNow();
        var told = _host.Ledger.ArrivalAsync(Log, r => r.Event == AuditEvents.NoticeGiven.Code && r.Time > before);
        _host.Time.Jump(TimeSpan.FromDays(days));
        // The reminder's turn is taken on another thread, and no time passes in it.
        _host.Time.Advance(TimeSpan.Zero);
        await told.Soon();
        Assert.Equal(count, (await NoticesAsync(kind)).Count);
        // Answered after the reminder's turn, in which the next is set.
        await ReadAsync();
    }
}
