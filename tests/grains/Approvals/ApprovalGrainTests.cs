using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Notices;
using JamEmr.Practices;

using static JamEmr.Tests.Grains.Approvals.ApprovalSteps;

namespace JamEmr.Tests.Grains.Approvals;

public sealed class ApprovalGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_a_request_When_the_officer_approves_it_Then_it_is_executed_at_once_and_every_step_is_on_the_log()
    {
        var practice = await _host.FoundPracticeAsync();
        var (asker, officer) = (practice.As(Role.Administrative).Reauthenticated(), practice.As(Role.SecurityOfficer).Reauthenticated());
        var id = practice.NewId();

        var asked = await asker.CallAsync(id, (IApprovalGrain g) => g.RequestAsync(Settings()));
        var done = await officer.CallAsync(id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));

        Assert.Equal((ApprovalStatus.Pending, PrivilegedOperation.AccessSettings, asker.Caller.ActorId), (asked.Status, asked.Operation, asked.Requester));
        Assert.Equal([Role.SecurityOfficer], asked.Required);
        Assert.Equal(TimeSpan.FromDays(7), asked.ExpiresAt - asked.RequestedAt);
        Assert.Matches("^[0-9a-f]{64}$", asked.RequestHash);
        Assert.Equal(ApprovalStatus.Executed, done.Status);
        Assert.Equal(officer.Caller.ActorId, Assert.Single(done.Decisions).By);
        var record = await asker.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        Assert.Equal(new AccessSettings(10, 8), record.Settings);
        Assert.Equal("approval.requested", (await asker.TrailAsync())[0].Event);
        var trail = await officer.TrailAsync();
        Assert.Equal(["approval.approved", "approval.executed"], trail.Where(r => r.EntityType == "approval").Select(r => r.Event));
        Assert.All(trail.Where(r => r.EntityType == "approval"), r => Assert.Equal(asked.RequestHash, r.ContentHash));
        Assert.Equal((ActorKind.User, ActorKind.System), (trail[0].ActorKind, trail[^1].ActorKind));
    }

    [Fact]
    public async Task Given_a_request_When_another_hash_is_approved_Then_it_is_refused_and_nothing_is_done()
    {
        var practice = await _host.FoundPracticeAsync();
        var (asker, officer) = (practice.As(Role.Administrative).Reauthenticated(), practice.As(Role.SecurityOfficer).Reauthenticated());
        var id = practice.NewId();
        var asked = await asker.CallAsync(id, (IApprovalGrain g) => g.RequestAsync(Settings()));
        var other = (asked.RequestHash[0] == '0' ? '1' : '0') + asked.RequestHash[1..];

        await officer.RefusedAsync(ErrorCode.Conflict, id, (IApprovalGrain g) => g.ApproveAsync(other));

        await officer.RefusedAsync(AuditEvents.ApprovalApproved, ErrorCode.Conflict);
        Assert.Equal(ApprovalStatus.Pending, (await officer.CallAsync(id, (IApprovalGrain g) => g.GetAsync())).Status);
    }

    [Fact]
    public async Task Given_a_request_When_repeated_Then_the_answer_is_the_same_and_another_under_its_id_conflicts()
    {
        var practice = await _host.FoundPracticeAsync();
        var asker = practice.As(Role.Administrative).Reauthenticated();
        var id = practice.NewId();
        var asked = await asker.AskAsync(id, Settings());

        Assert.Equal(asked.RequestHash, (await asker.AskAsync(id, Settings())).RequestHash);
        await asker.RefusedAsync(ErrorCode.Conflict, id, (IApprovalGrain g) => g.RequestAsync(Settings(11)));
        await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(ErrorCode.Conflict, id, (IApprovalGrain g) => g.RequestAsync(Settings()));

        var list = await asker.CallAsync("approvals", (IApprovalRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
        Assert.Equal(id, Assert.Single(list.Items).Id);
        Assert.Single(await _host.RecordsAsync(practice.Id, AuditEvents.ApprovalRequested));
    }

    [Fact]
    public async Task Given_a_request_When_who_asked_holds_the_office_too_Then_they_cannot_approve_or_deny_it()
    {
        var practice = await _host.FoundPracticeAsync();
        var asker = practice.As(Role.Administrative, Role.SecurityOfficer).Reauthenticated();
        var asked = await asker.AskAsync(practice.NewId(), Settings());

        var again = asker.Again();
        await again.RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        await again.RefusedAsync(AuditEvents.ApprovalApproved, ErrorCode.Forbidden);
        await again.RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.DenyAsync(asked.RequestHash, "Not needed"));
        await practice.As(Role.PrivacyOfficer).Reauthenticated().RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        await practice.As(Role.SecurityOfficer).RefusedAsync(
            ErrorCode.ReauthenticationRequired, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        Assert.Empty(await _host.RecordsAsync(practice.Id, AuditEvents.ConfigurationChanged));
    }

    [Fact]
    public async Task Given_a_denied_request_When_approved_after_all_Then_it_is_closed_and_the_reason_stays()
    {
        var practice = await _host.FoundPracticeAsync();
        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(practice.NewId(), Settings());
        var officer = practice.As(Role.SecurityOfficer).Reauthenticated();

        var denied = await officer.DenyAsync(asked);
        Assert.Equal((ApprovalStatus.Denied, "Not needed"), (denied.Status, Assert.Single(denied.Decisions).Reason));
        Assert.Equal(denied.Version, (await officer.DenyAsync(asked)).Version);
        await practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.OverrideAsync(asked.RequestHash, "Nobody else is there."));
        Assert.Single(await _host.RecordsAsync(practice.Id, AuditEvents.ApprovalDenied));
    }

    [Fact]
    public async Task Given_a_request_When_withdrawn_Then_only_by_who_asked_and_for_good()
    {
        var practice = await _host.FoundPracticeAsync();
        var asker = practice.As(Role.Administrative).Reauthenticated();
        var asked = await asker.AskAsync(practice.NewId(), Settings());

        await practice.As(Role.Administrative).RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.WithdrawAsync());
        Assert.Equal(ApprovalStatus.Withdrawn, (await asker.CallAsync(asked.Id, (IApprovalGrain g) => g.WithdrawAsync())).Status);
        await practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
    }

    [Fact]
    public async Task Given_no_request_When_decided_Then_there_is_none()
    {
        var practice = await _host.FoundPracticeAsync();
        await practice.As(Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.NotFound, practice.NewId(), (IApprovalGrain g) => g.ApproveAsync(new string('0', 64)));
        await practice.As(Role.Administrative).RefusedAsync(ErrorCode.NotFound, practice.NewId(), (IApprovalGrain g) => g.GetAsync());
    }

    [Theory]
    [InlineData(4, 8, "/accessSettings/idleMinutes")]
    [InlineData(10, 13, "/accessSettings/absoluteHours")]
    public async Task Given_a_malformed_operation_When_asked_for_Then_its_field_is_named(int minutes, int hours, string pointer)
    {
        var practice = await _host.FoundPracticeAsync();
        var refusal = await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.InvalidRequest,
            practice.NewId(),
            (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(AccessSettings: new AccessSettings(minutes, hours))));
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public async Task Given_a_privileged_operation_When_called_by_another_grain_Then_it_is_refused()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        await administrator.RefusedAsync(
            ErrorCode.Forbidden,
            "practice",
            (IPracticeGrain g) => g.ChangeSettingsAsync(new Approved(practice.NewId(), new string('0', 64), administrator.Caller.ActorId), new AccessSettings(10, 8)));
    }

    [Fact]
    public async Task Given_a_request_When_made_Then_those_who_decide_have_notice()
    {
        var practice = await _host.FoundPracticeAsync();
        var asker = practice.As(Role.Administrative).Reauthenticated();
        var asked = await asker.AskAsync(practice.NewId(), Settings());
        var notices = await practice.As(Role.SecurityOfficer).CallAsync("notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 10)));
        var notice = Assert.Single(notices.Items, n => n.Entity == asked.Id);
        Assert.Equal((NoticeKind.ApprovalRequested, (DateTimeOffset?)asked.ExpiresAt), (notice.Kind, notice.DueAt));
    }
}
