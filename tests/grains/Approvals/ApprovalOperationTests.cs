using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Approvals;

/// <summary>Each operation, from who asks for it to what it does.</summary>
public sealed class ApprovalOperationTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_a_wide_token_When_the_officer_releases_it_Then_it_is_active_and_names_the_approval()
    {
        var practice = await _host.FoundPracticeAsync();
        var owner = practice.As(Role.Administrative, Role.SecurityOfficer).Reauthenticated();
        var token = await RegisterAsync(owner, practice.NewId(), "system/Condition.rs");
        Assert.Equal(TokenStatus.PendingApproval, token.Status);
        var release = new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, token.AwaitsApprovalOf!));

        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(practice.NewId(), release);
        await owner.RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        var done = await practice.As(Role.SecurityOfficer).Reauthenticated().ApproveAsync(asked);

        Assert.Equal(ApprovalStatus.Executed, done.Status);
        var record = await owner.CallAsync(token.Id, (IApiTokenGrain g) => g.GetAsync());
        Assert.Equal((TokenStatus.Active, (Guid?)asked.Id), (record.Status, record.ApprovedBy));
        var approved = Assert.Single(await _host.RecordsAsync(practice.Id, AuditEvents.TokenApproved));
        Assert.Equal(asked.Id.ToString("D"), approved.Detail["approval"]);
    }

    [Fact]
    public async Task Given_a_renewal_of_a_token_that_was_given_to_the_only_officer_When_asked_for_Then_the_officer_decides_and_nobody_overrides()
    {
        var practice = await _host.FoundPracticeAsync();
        var registrar = practice.As(Role.Administrative).Reauthenticated();
        var officer = await practice.OfficerAsync(Role.SecurityOfficer);
        var token = await RegisterAsync(registrar, practice.NewId(), "system/Condition.rs");
        await registrar.RefusedAsync(
            ErrorCode.Conflict, token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(officer.Caller.ActorId)));
        await practice.ApproveAsync(practice.NewId(), new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, token.AwaitsApprovalOf!)));
        await registrar.CallAsync(token.Id, (IApiTokenGrain g) => g.TransferAsync(new TransferToken(officer.Caller.ActorId)));
        _host.Time.Jump(TimeSpan.FromMinutes(1));
        var renewed = await registrar.CallAsync(token.Id, (IApiTokenGrain g) => g.RenewAsync(new RenewToken(90)));

        var asked = await registrar.AskAsync(practice.NewId(), new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, renewed.AwaitsApprovalOf!)));
        Assert.Null(asked.Outlook!.OverrideFrom);
        await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.OverrideAsync(asked.RequestHash, "Nobody else is there."));
        await practice.As(registrar.Caller.ActorId, Role.SecurityOfficer).Reauthenticated().RefusedAsync(
            ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        Assert.Equal(ApprovalStatus.Executed, (await (await practice.OfficerAsync(Role.SecurityOfficer)).ApproveAsync(asked)).Status);
    }

    [Fact]
    public async Task Given_the_account_of_the_only_officer_When_its_change_would_take_an_override_Then_the_officer_can_deny_but_not_approve()
    {
        var practice = await _host.FoundPracticeAsync();
        var officer = await practice.OfficerAsync(Role.SecurityOfficer);
        var subject = officer.Caller.ActorId;
        var asked = await practice.As(Role.Administrative).Reauthenticated().AskAsync(
            practice.NewId(), new PrivilegedRequest(ChangeAccess: new ChangeAccess(subject, [Role.FrontDesk], false)));
        await officer.RefusedAsync(ErrorCode.Forbidden, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));

        var denied = await (await practice.OfficerAsync(Role.SecurityOfficer)).DenyAsync(asked);
        Assert.Equal((ApprovalStatus.Denied, subject), (denied.Status, Assert.Single(denied.Decisions).By));
    }

    [Fact]
    public async Task Given_an_account_that_changes_between_two_approvals_When_the_second_comes_Then_the_request_is_void()
    {
        var practice = await _host.FoundPracticeAsync();
        var subject = await practice.CreateAsync("subject", Role.FrontDesk);
        var asker = practice.As(Role.Administrative).Reauthenticated();
        var asked = await asker.AskAsync(
            practice.NewId(), new PrivilegedRequest(ChangeAccess: new ChangeAccess(subject.Id, [Role.FrontDesk, Role.PrivacyOfficer], false)));
        Assert.Equal(ApprovalStatus.Pending, (await (await practice.OfficerAsync(Role.PrivacyOfficer)).ApproveAsync(asked)).Status);
        await asker.CallAsync(subject.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Other Name", subject.Roles, null, Disabled: false), subject.Version));

        var second = await practice.OfficerAsync(Role.SecurityOfficer);
        await second.RefusedAsync(ErrorCode.Conflict, asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        var record = await second.ReadAsync(asked.Id);
        Assert.Equal((ApprovalStatus.Voided, "circumstances_changed"), (record.Status, record.Reason));
    }

    [Fact]
    public async Task Given_a_token_that_reaches_everything_When_its_release_is_asked_for_Then_it_needs_both_officers()
    {
        var practice = await _host.FoundPracticeAsync();
        var owner = practice.As(Role.Administrative).Reauthenticated();
        var token = await RegisterAsync(owner, practice.NewId(), "system/*.rs");
        var asked = await owner.AskAsync(practice.NewId(), new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, token.AwaitsApprovalOf!)));
        Assert.Equal([Role.SecurityOfficer, Role.PrivacyOfficer], asked.Required);
    }

    [Fact]
    public async Task Given_a_token_that_waits_for_nothing_or_something_else_When_its_release_is_asked_for_Then_it_is_refused()
    {
        var practice = await _host.FoundPracticeAsync();
        var owner = practice.As(Role.Administrative).Reauthenticated();
        var narrow = await RegisterAsync(owner, practice.NewId(), "system/Patient.rs");
        var wide = await RegisterAsync(owner, practice.NewId(), "system/Condition.rs");
        var other = new string('0', 64);

        foreach (var release in new[] { new ApproveToken(narrow.Id, other), new ApproveToken(wide.Id, other), new ApproveToken(wide.Id, "none") })
        {
            await owner.RefusedAsync(
                ErrorCode.InvalidRequest, practice.NewId(), (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(ApproveToken: release)));
        }

        await owner.RefusedAsync(
            ErrorCode.NotFound,
            practice.NewId(),
            (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(ApproveToken: new ApproveToken(practice.NewId(), other))));
    }

    [Fact]
    public async Task Given_a_token_whose_release_waits_When_it_is_revoked_meanwhile_Then_it_fails_and_says_so()
    {
        var practice = await _host.FoundPracticeAsync();
        var owner = practice.As(Role.Administrative).Reauthenticated();
        var token = await RegisterAsync(owner, practice.NewId(), "system/Condition.rs");
        var asked = await owner.AskAsync(practice.NewId(), new PrivilegedRequest(ApproveToken: new ApproveToken(token.Id, token.AwaitsApprovalOf!)));
        await owner.CallAsync(token.Id, (IApiTokenGrain g) => g.RevokeAsync());

        var officer = practice.As(Role.SecurityOfficer).Reauthenticated();
        var done = await officer.ApproveAsync(asked);
        Assert.Equal((ApprovalStatus.Failed, "conflict"), (done.Status, done.Reason));
        Assert.Equal(AuditOutcome.Failed, (await officer.TrailAsync()).Single(r => r.Event == AuditEvents.ApprovalExecuted.Code).Outcome);
    }

    [Fact]
    public async Task Given_an_agreement_When_the_privacy_officer_approves_it_Then_it_is_in_force_and_its_end_needs_approval_too()
    {
        var practice = await _host.FoundPracticeAsync();
        var (asker, officer) = (practice.As(Role.Administrative).Reauthenticated(), practice.As(Role.PrivacyOfficer).Reauthenticated());
        var today = new DateOnly(2026, 3, 2);
        var baa = new RecordBaa(
            new string('a', 64),
            [new BaaSigner("Ann", "Owner", "Practice", today), new BaaSigner("Ben", "Manager", "Operator", today)],
            today,
            null,
            24,
            [new BaaContact("Ann", "Owner", "ann@practice.example", "+1 555 0100")]);

        var asked = await asker.AskAsync(practice.NewId(), new PrivilegedRequest(RecordBaa: baa));
        Assert.Equal([Role.PrivacyOfficer], asked.Required);
        Assert.Equal(ApprovalStatus.Executed, (await officer.ApproveAsync(asked)).Status);
        Assert.Equal(BaaStatus.InForce, (await asker.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Baa.Status);

        var end = await asker.AskAsync(practice.NewId(), new PrivilegedRequest(EndBaa: new EndBaa(today.AddDays(-1), "Change of operator")));
        Assert.Equal(ApprovalStatus.Executed, (await officer.ApproveAsync(end)).Status);
        Assert.Equal(BaaStatus.Ended, (await asker.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Baa.Status);
    }

    private static async Task<TokenRecord> RegisterAsync(Actor owner, Guid id, string scope) =>
        (await owner.CallAsync(id, (IApiTokenGrain g) => g.RegisterAsync(new RegisterToken("Interface", Role.Clinical, [scope], Sandbox: true)))).Token;
}
