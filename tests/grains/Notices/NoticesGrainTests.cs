using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Notices;

namespace JamEmr.Tests.Grains.Notices;

public sealed class NoticesGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_a_notice_When_it_is_given_listed_and_acknowledged_Then_each_step_is_on_the_log_and_only_who_it_is_to_sees_it()
    {
        var practice = await fixture.Host.FoundPracticeAsync();
        var entity = practice.NewId();
        var notice = new Notice(practice.NewId(), NoticeKind.ApprovalRequested, [Role.SecurityOfficer], "approval", entity, fixture.Host.Time.GetUtcNow(), null);
        var giver = practice.As(Role.Clinical);
        await GiveAsync(giver, notice);
        await GiveAsync(giver, notice);
        var given = await giver.OnlyRecordAsync();
        Assert.Equal((AuditEvents.NoticeGiven.Code, notice.Id.ToString("D")), (given.Event, given.EntityId));
        Assert.Equal(("ApprovalRequested", "SecurityOfficer", $"approval/{entity:D}"), (given.Detail["kind"], given.Detail["for"], given.Detail["about"]));

        var other = practice.As(Role.PrivacyOfficer);
        Assert.DoesNotContain((await ListAsync(other)).Items, given => given.Id == notice.Id);
        await other.RefusedAsync(ErrorCode.NotFound, "notices", (INoticesGrain g) => g.AcknowledgeAsync(notice.Id));
        Assert.Equal(["notice.listed", "notice.acknowledged"], (await other.TrailAsync()).Select(r => r.Event));

        var officer = practice.As(Role.SecurityOfficer);
        Assert.Empty(Assert.Single((await ListAsync(officer)).Items, given => given.Id == notice.Id).Acknowledgements);
        var heard = await officer.CallAsync("notices", (INoticesGrain g) => g.AcknowledgeAsync(notice.Id));
        var acknowledgement = Assert.Single(heard.Acknowledgements);
        Assert.Equal(officer.Caller.ActorId, acknowledgement.By);
        Assert.Equal([Role.SecurityOfficer], acknowledgement.Roles);
        await officer.CallAsync("notices", (INoticesGrain g) => g.AcknowledgeAsync(notice.Id));
        Assert.Single(Assert.Single((await ListAsync(officer)).Items, given => given.Id == notice.Id).Acknowledgements);
        var trail = await officer.TrailAsync();
        Assert.Equal(["notice.listed", "notice.acknowledged", "notice.acknowledged", "notice.listed"], trail.Select(r => r.Event));
        Assert.Equal(["SecurityOfficer", ""], trail.Where(r => r.Event == AuditEvents.NoticeAcknowledged.Code).Select(r => r.Detail["roles"]));
    }

    [Fact]
    public async Task Given_pages_When_followed_Then_a_cursor_of_other_roles_is_refused()
    {
        var practice = await fixture.Host.FoundPracticeAsync();
        for (var i = 0; i < 3; i++)
        {
            await GiveAsync(practice.As(Role.Clinical), new Notice(
                practice.NewId(), NoticeKind.BaaEnding, [Role.PrivacyOfficer, Role.Administrative], "baa", practice.Id, fixture.Host.Time.GetUtcNow(), null));
        }

        var officer = practice.As(Role.PrivacyOfficer);
        var first = await ListAsync(officer, new PageRequest(null, 2));
        Assert.Equal(2, first.Items.Length);
        Assert.Single((await ListAsync(officer, new PageRequest(first.Next, 2))).Items, notice => notice.Kind is NoticeKind.BaaEnding);
        await practice.As(Role.Administrative).RefusedAsync(
            ErrorCode.InvalidRequest, "notices", (INoticesGrain g) => g.ListAsync(new PageRequest(first.Next, 2)));
    }

    [Fact]
    public async Task Given_a_person_without_the_right_or_a_call_from_outside_When_made_Then_it_is_refused()
    {
        var practice = await fixture.Host.FoundPracticeAsync();
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Forbidden, "notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 10)));
        await practice.As(Role.FrontDesk).RefusedAsync(ErrorCode.Forbidden, "notices", (INoticesGrain g) => g.AcknowledgeAsync(Guid.Empty));
        await practice.As(Role.SecurityOfficer).RefusedAsync(ErrorCode.Forbidden, "notices", (INoticesGrain g) => g.AddAsync(
            new Notice(practice.NewId(), NoticeKind.BaaEnding, [Role.PrivacyOfficer], "baa", practice.Id, fixture.Host.Time.GetUtcNow(), null)));
    }

    private static Task<bool> GiveAsync(Actor giver, Notice notice) => giver.CallAsync("messenger", async (IMessengerGrain g) =>
    {
        await g.GiveNoticeAsync(GrainKeys.Of(giver.Practice, "notices"), notice);
        return true;
    });

    private static Task<Page<NoticeRecord>> ListAsync(Actor reader, PageRequest? page = null) =>
        reader.CallAsync("notices", (INoticesGrain g) => g.ListAsync(page ?? new PageRequest(null, 50)));
}
