using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Tests.Grains.Approvals;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>An administrator alone, who would become somebody else.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private static readonly string Key = GrainKeys.OfSystem("enrolment");
    private GrainHost _host = null!;
    private TestPractice _practice = null!;

    private Actor Administrator => _practice.As(Role.Administrative).Reauthenticated();

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync();
        _practice = await _host.FoundPracticeAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_clinician_lowered_to_the_front_desk_When_a_code_is_issued_Then_an_approved_reenrolment_must_come_first(bool raisedByApproval)
    {
        var user = raisedByApproval ? await RaisedAsync() : await _practice.CreateAsync("dr.gray", Role.Clinical);
        var lowered = await UpdateAsync(user.Id, user.Version, Role.FrontDesk);
        Assert.True(lowered is { Enrolled: true, ReenrolsByApproval: true });
        await _host.RestartAsync();

        await Administrator.RefusedAsync(ErrorCode.ApprovalRequired, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        Assert.Equal(user.Id, (await _host.SignInAsync(_practice, "dr.gray")).Session.User);

        var request = new PrivilegedRequest(Reenrol: new Reenrol(user.Id));
        var asked = await Administrator.AskAsync(_practice.NewId(), request);
        Assert.Equal([Role.SecurityOfficer], asked.Required);
        await (await _practice.OfficerAsync(Role.SecurityOfficer)).ApproveAsync(asked);
        _practice.Authenticators.TryRemove("dr.gray", out _);
        await _practice.EnrolAsync("dr.gray", (await IssueAsync(user.Id)).Code);
        await _host.SignInAsync(_practice, "dr.gray");
        await Administrator.RefusedAsync(ErrorCode.ApprovalRequired, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
    }

    [Fact]
    public async Task Given_the_front_desk_enrolled_When_a_code_is_issued_Then_the_version_grows_so_that_what_was_approved_before_notices()
    {
        var desk = await _practice.CreateAsync("desk", Role.FrontDesk);
        var before = await ReadAsync(desk.Id);
        Assert.False(before.ReenrolsByApproval);

        await IssueAsync(desk.Id);
        Assert.Equal(before.Version + 1, (await ReadAsync(desk.Id)).Version);
        await IssueAsync(desk.Id);
        Assert.Equal(before.Version + 1, (await ReadAsync(desk.Id)).Version);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_code_of_the_front_desk_When_the_roles_grow_Then_it_begins_and_completes_nothing(bool used)
    {
        var desk = await _practice.MakeAsync(new CreateUser("dr.gray", "Some One", [Role.FrontDesk]));
        var code = (await IssueAsync(desk.Id)).Code;
        if (used) await _practice.EnrolAsync("dr.gray", code);
        await _practice.ApproveAsync(_practice.NewId(), new PrivilegedRequest(ChangeAccess: new ChangeAccess(desk.Id, [Role.Clinical], false)));

        await CodeIsWorthNothingAsync(code);

        await _practice.EnrolAsync("dr.gray", (await IssueAsync(desk.Id)).Code);
        Assert.Equal([Role.Clinical], (await _host.SignInAsync(_practice, "dr.gray")).Session.Roles);
    }

    [Fact]
    public async Task Given_a_code_of_a_clinician_When_the_roles_are_lowered_directly_Then_it_is_worth_nothing()
    {
        var user = await _practice.MakeAsync(new CreateUser("dr.gray", "Some One", [Role.Clinical]));
        var code = (await IssueAsync(user.Id)).Code;
        await UpdateAsync(user.Id, user.Version, Role.FrontDesk);
        await CodeIsWorthNothingAsync(code);
    }

    [Fact]
    public async Task Given_accounts_opened_reset_and_reopened_When_done_Then_both_officers_have_notice_of_each_once()
    {
        var doctor = await _practice.CreateAsync("dr.gray", Role.Clinical);
        Assert.Equal([NoticeKind.EnrolmentCodeIssued, NoticeKind.AccountEnrolled], await KindsAsync(doctor.Id));

        var desk = await _practice.CreateAsync("desk", Role.FrontDesk);
        Assert.Equal([NoticeKind.EnrolmentCodeIssued], await KindsAsync(desk.Id));
        await IssueAsync(desk.Id);
        Assert.Equal([NoticeKind.EnrolmentCodeIssued, NoticeKind.EnrolmentCodeIssued], await KindsAsync(desk.Id));
        var version = (await ReadAsync(desk.Id)).Version;
        await UpdateAsync(desk.Id, version, Role.FrontDesk, disabled: true);
        await UpdateAsync(desk.Id, version + 1, Role.FrontDesk);
        Assert.Equal(NoticeKind.AccountReopened, (await KindsAsync(desk.Id))[^1]);
    }

    [Fact]
    public async Task Given_a_notice_that_cannot_be_given_When_enrolling_Then_nobody_is_enrolled_until_it_can()
    {
        var user = await _practice.MakeAsync(new CreateUser("dr.gray", "Some One", [Role.Clinical]));
        _host.Publishing.Break(record => record.Event == AuditEvents.NoticeGiven.Code);
        await Administrator.RefusedAsync(ErrorCode.Unavailable, user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        _host.Publishing.Mend();
        await _host.RestartAsync();
        var code = (await IssueAsync(user.Id)).Code;
        var begun = await _host.Anonymous().CallSystemAsync(
            "enrolment", (IEnrolmentGrain g) => g.BeginAsync(new BeginEnrolment(_practice.Code, "dr.gray", code, TestPractice.Password)));
        var totp = TotpCode.At(begun.SecondFactor.Secret, _host.Time.GetUtcNow());
        var complete = new CompleteEnrolment(_practice.Code, "dr.gray", code, totp);

        _host.Publishing.Break(record => record.Event == AuditEvents.NoticeGiven.Code);
        await _host.Anonymous().RefusedKeyAsync(ErrorCode.Unavailable, Key, (IEnrolmentGrain g) => g.CompleteAsync(complete));
        _host.Publishing.Mend();
        await _host.RestartAsync();

        Assert.False((await ReadAsync(user.Id)).Enrolled);
        await _host.Anonymous().CallSystemAsync("enrolment", (IEnrolmentGrain g) => g.CompleteAsync(complete));
        Assert.Equal([NoticeKind.EnrolmentCodeIssued, NoticeKind.AccountEnrolled], await KindsAsync(user.Id));
    }

    private async Task<UserRecord> RaisedAsync()
    {
        var desk = await _practice.CreateAsync("dr.gray", Role.FrontDesk);
        await _practice.ApproveAsync(_practice.NewId(), new PrivilegedRequest(ChangeAccess: new ChangeAccess(desk.Id, [Role.Clinical], false)));
        await _practice.EnrolAsync("dr.gray", (await IssueAsync(desk.Id)).Code);
        return await ReadAsync(desk.Id);
    }

    private async Task CodeIsWorthNothingAsync(string code)
    {
        await _host.Anonymous().RefusedKeyAsync(
            ErrorCode.EnrolmentCodeInvalid, Key, (IEnrolmentGrain g) => g.BeginAsync(new BeginEnrolment(_practice.Code, "dr.gray", code, TestPractice.Password)));
        await _host.Anonymous().RefusedKeyAsync(
            ErrorCode.EnrolmentCodeInvalid, Key, (IEnrolmentGrain g) => g.CompleteAsync(new CompleteEnrolment(_practice.Code, "dr.gray", code, "123456")));
    }

    private Task<EnrolmentCode> IssueAsync(Guid user) => Administrator.CallAsync(user, (IUserGrain g) => g.IssueEnrolmentCodeAsync());

    private Task<UserRecord> ReadAsync(Guid user) => Administrator.CallAsync(user, (IUserGrain g) => g.GetAsync());

    private Task<UserRecord> UpdateAsync(Guid user, int version, Role role, bool disabled = false) =>
        Administrator.CallAsync(user, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Some One", [role], null, disabled), version));

    /// <summary>What both officers heard of an account, oldest first.</summary>
    private async Task<IReadOnlyList<NoticeKind>> KindsAsync(Guid user)
    {
        var security = await HeardAsync(Role.SecurityOfficer);
        Assert.Equal(security, await HeardAsync(Role.PrivacyOfficer));
        return security;

        async Task<IReadOnlyList<NoticeKind>> HeardAsync(Role office)
        {
            var page = await _practice.As(office).CallAsync("notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 100)));
            return [.. page.Items.Where(notice => notice.Entity == user && notice.Kind is not NoticeKind.ApprovalRequested).Select(notice => notice.Kind).Reverse()];
        }
    }
}
