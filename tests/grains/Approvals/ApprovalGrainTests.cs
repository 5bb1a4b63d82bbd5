using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Approvals;

public sealed class ApprovalGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    private static PrivilegedRequest Settings(int minutes = 10) => new(AccessSettings: new AccessSettings(minutes, 8));

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
}
