using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Notices;

namespace JamEmr.Tests.Grains.Notices;

public sealed class NoticesRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly Caller Officer = TestPractice.CallerOf(Guid.Empty, Number(99), Role.PrivacyOfficer);

    [Fact]
    public void Given_a_notice_When_given_twice_Then_it_is_there_once()
    {
        var (state, given, dropped) = NoticesRules.Add(NoticesState.Empty, Some(1))!.Value;
        Assert.Null(dropped);
        Assert.Equal([Role.PrivacyOfficer], given.For);
        Assert.Null(NoticesRules.Add(state, Some(1) with { Entity = Number(7) }));
    }

    [Theory]
    [InlineData]
    [InlineData(Role.Clinical)]
    [InlineData(Role.PrivacyOfficer, Role.FrontDesk)]
    public void Given_roles_that_read_no_notices_When_given_Then_it_is_a_defect(params Role[] roles) =>
        Assert.Throws<ArgumentException>(() => NoticesRules.Add(NoticesState.Empty, Some(1) with { For = [.. roles] }));

    [Fact]
    public void Given_as_many_as_are_kept_When_one_more_comes_Then_the_oldest_that_was_heard_goes_and_else_the_oldest()
    {
        var full = Full();
        var heard = NoticesRules.Acknowledge(full, Number(5), Officer, Now).State!;
        var (state, _, dropped) = NoticesRules.Add(heard, Some(1000))!.Value;
        Assert.Equal(Number(5), dropped!.Id);
        Assert.Equal(NoticesRules.MaxKept, state.Notices.Length);
        (state, _, dropped) = NoticesRules.Add(state, Some(1001))!.Value;
        Assert.Equal(Number(1), dropped!.Id);
        Assert.Equal(NoticesRules.MaxKept, state.Notices.Length);
        Assert.False(NoticesRules.IsHeard(dropped));
    }

    [Fact]
    public void Given_as_many_as_are_kept_and_none_heard_When_requests_come_in_number_Then_they_push_out_each_other_and_nothing_else()
    {
        NoticeKind[] kept = [NoticeKind.BreakGlassStarted, NoticeKind.ApprovalOverridden, NoticeKind.BaaEnding];
        var state = NoticesState.Empty;
        for (var i = 0; i < kept.Length; i++) state = NoticesRules.Add(state, Some(i + 1) with { Kind = kept[i] })!.Value.State;
        for (var i = 0; i < NoticesRules.MaxKept + 10; i++) state = NoticesRules.Add(state, Some(1000 + i) with { Kind = NoticeKind.ApprovalRequested })!.Value.State;
        Assert.Equal(kept, state.Notices.Take(kept.Length).Select(notice => notice.Record.Kind));

        // Where no request is left, what tells least goes before what was done without leave.
        var full = Full();
        full = full with { Notices = full.Notices.SetItem(7, new KeptNotice(8, state.Notices[2].Record with { Id = Number(4000) })) };
        Assert.Equal(NoticeKind.BaaEnding, NoticesRules.Add(full, Some(5000))!.Value.Dropped!.Kind);
    }

    [Fact]
    public void Given_notices_that_come_and_go_When_paged_Then_each_of_the_rest_is_shown_once_newest_first()
    {
        var state = Full();
        var seen = new List<Guid>();
        string? position = null;
        for (var i = 0; ; i++)
        {
            (var page, position) = NoticesRules.Newest(state, Officer.Roles, position, 90);
            seen.AddRange(page.Select(notice => notice.Id));
            if (position is null) break;
            state = NoticesRules.Add(state, Some(2000 + i))!.Value.State;
        }

        // Each that came took the place of the oldest.
        Assert.Equal(Enumerable.Range(6, NoticesRules.MaxKept - 5).Reverse().Select(Number), seen);
    }

    [Fact]
    public void Given_a_notice_to_two_roles_When_one_hears_of_it_Then_it_is_heard_when_the_other_does()
    {
        var state = NoticesRules.Add(NoticesState.Empty, Some(1) with { For = [Role.SecurityOfficer, Role.PrivacyOfficer, Role.SecurityOfficer] })!.Value.State;
        var (next, record, roles) = NoticesRules.Acknowledge(state, Number(1), Officer, Now);
        Assert.Equal([Role.PrivacyOfficer], roles);
        Assert.False(NoticesRules.IsHeard(record));
        Assert.Null(NoticesRules.Acknowledge(next!, Number(1), Officer, Now).State);
        var security = TestPractice.CallerOf(Guid.Empty, Number(98), Role.SecurityOfficer);
        Assert.True(NoticesRules.IsHeard(NoticesRules.Acknowledge(next!, Number(1), security, Now).Record));
    }

    [Fact]
    public void Given_a_notice_to_others_When_acknowledged_Then_there_is_none()
    {
        var state = NoticesRules.Add(NoticesState.Empty, Some(1))!.Value.State;
        var other = TestPractice.CallerOf(Guid.Empty, Number(98), Role.Administrative);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<DomainException>(() => NoticesRules.Acknowledge(state, Number(1), other, Now)).Code);
        Assert.Empty(NoticesRules.Newest(state, other.Roles, null, 10).Page);
    }

    [Fact]
    public void Given_a_kind_and_an_entity_When_asked_for_their_notice_Then_it_is_always_the_same_and_of_no_other()
    {
        var id = Notice.IdOf(NoticeKind.BaaEnding, Number(1));
        Assert.Equal(id, Notice.IdOf(NoticeKind.BaaEnding, Number(1)));
        Assert.Equal(8, id.Version);
        Assert.NotEqual(id, Notice.IdOf(NoticeKind.BaaEnded, Number(1)));
        Assert.NotEqual(id, Notice.IdOf(NoticeKind.BaaEnding, Number(2)));
    }

    private static NoticesState Full()
    {
        var state = NoticesState.Empty;
        for (var i = 1; i <= NoticesRules.MaxKept; i++) state = NoticesRules.Add(state, Some(i))!.Value.State;
        return state;
    }

    private static Notice Some(int number) =>
        new(Number(number), NoticeKind.BreakGlassStarted, [Role.PrivacyOfficer], "break-glass", Number(number), Now, null);

    private static Guid Number(int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
}
