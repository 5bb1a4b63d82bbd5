using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

public sealed class UserGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    private static CreateUser Command => new("dr.gray", "Dr Gray", [Role.FrontDesk]);

    [Fact]
    public async Task Given_a_new_account_When_created_twice_with_the_same_request_Then_the_answer_is_the_same_and_the_repeat_is_a_read()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        var id = practice.NewId();

        var first = await administrator.CallAsync(id, (IUserGrain g) => g.CreateAsync(Command with { Roles = [Role.FrontDesk, Role.FrontDesk] }));
        var second = await administrator.CallAsync(id, (IUserGrain g) => g.CreateAsync(Command));

        Assert.Equal(first, second with { Roles = first.Roles });
        Assert.Equal([Role.FrontDesk], second.Roles);
        var trail = await administrator.TrailAsync();
        Assert.Equal(["user.created", "user.read"], trail.Select(r => r.Event));
        Assert.Equal(("FrontDesk", id.ToString("D")), (trail[0].Detail["roles"], trail[0].EntityId));
    }

    [Fact]
    public async Task Given_an_account_When_created_with_other_data_Then_it_conflicts()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        var id = practice.NewId();
        await administrator.CallAsync(id, (IUserGrain g) => g.CreateAsync(Command));

        await administrator.RefusedAsync(ErrorCode.Conflict, id, (IUserGrain g) => g.CreateAsync(Command with { DisplayName = "Other" }));

        Assert.Equal("conflict", (await administrator.TrailAsync())[^1].Reason);
    }

    [Fact]
    public async Task Given_a_login_in_use_When_another_account_wants_it_Then_it_is_taken_and_another_practice_may_have_it()
    {
        var (practice, other) = (await _host.FoundPracticeAsync(), await _host.FoundPracticeAsync());
        await practice.CreateAsync("dr.gray", Role.Clinical);
        var administrator = practice.As(Role.Administrative).Reauthenticated();

        var refusal = await administrator.RefusedAsync(ErrorCode.LoginTaken, practice.NewId(), (IUserGrain g) => g.CreateAsync(Command));

        Assert.Equal("/login", refusal.Pointer);
        Assert.Equal("login_taken", (await administrator.OnlyRecordAsync()).Reason);
        await other.CreateAsync("dr.gray", Role.Clinical);
    }

    [Theory]
    [InlineData("Dr Gray", "Dr Gray", "/login")]
    [InlineData("ab", "Dr Gray", "/login")]
    [InlineData("dr.gray", "", "/displayName")]
    [InlineData("dr.gray", "Dr\u0000Gray", "/displayName")]
    public async Task Given_a_malformed_account_When_created_Then_the_field_is_named_and_the_value_is_not(string login, string name, string pointer)
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();

        var refusal = await administrator.RefusedAsync(
            ErrorCode.InvalidRequest, practice.NewId(), (IUserGrain g) => g.CreateAsync(new CreateUser(login, name, [Role.Clinical])));

        Assert.Equal(pointer, refusal.Pointer);
        Assert.DoesNotContain(login, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("invalid_request", (await administrator.OnlyRecordAsync()).Reason);
    }

    [Theory]
    [InlineData]
    [InlineData(Role.Host)]
    [InlineData(Role.Anonymous)]
    [InlineData((Role)77)]
    public async Task Given_roles_that_no_account_may_have_When_created_Then_it_is_refused(params Role[] roles)
    {
        var practice = await _host.FoundPracticeAsync();
        var refusal = await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.InvalidRequest, practice.NewId(), (IUserGrain g) => g.CreateAsync(Command with { Roles = [.. roles] }));
        Assert.Equal("/roles", refusal.Pointer);
    }

    [Fact]
    public async Task Given_an_account_When_read_Then_it_is_shown_and_recorded_and_one_that_is_not_is_recorded_too()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var (reader, searcher) = (practice.As(Role.SecurityOfficer), practice.As(Role.Administrative).Reauthenticated());

        Assert.Equal(user with { Roles = [] }, await reader.CallAsync(user.Id, (IUserGrain g) => g.GetAsync()) with { Roles = [] });
        await searcher.RefusedAsync(ErrorCode.NotFound, practice.NewId(), (IUserGrain g) => g.GetAsync());

        Assert.Equal(("user.read", AuditOutcome.Success), await reader.OnlyRecordAsync() is var r ? (r.Event, r.Outcome) : default);
        Assert.Equal(("user.read", AuditOutcome.Refused, "not_found"), await searcher.OnlyRecordAsync() is var f ? (f.Event, f.Outcome, f.Reason) : default);
    }

    [Fact]
    public async Task Given_open_sessions_When_roles_change_Then_all_end_before_the_answer()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        OpenedSession[] sessions = [await _host.SignInAsync(practice, "dr.gray"), await _host.SignInAsync(practice, "dr.gray")];

        var changed = await practice.As(Role.Administrative).Reauthenticated().CallAsync(
            user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Dr Gray", [Role.FrontDesk], "America/Denver", false), 1));

        Assert.Equal(("America/Denver", 2), (changed.TimeZone, changed.Version));
        foreach (var session in sessions)
        {
            Assert.Equal(ErrorCode.Unauthenticated, (await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(session.Token))).Code);
            var ended = await _host.Ledger.ArrivalAsync(
                practice.Id.ToString("D"), r => r.Event == "session.ended" && r.EntityId == session.Session.Id.ToString("D"));
            Assert.Equal("account_changed", ended.Reason);
        }

        Assert.Equal([Role.FrontDesk], (await _host.PresentAsync((await _host.SignInAsync(practice, "dr.gray")).Token)).Roles);
    }

    [Fact]
    public async Task Given_changes_of_roles_and_status_When_recorded_Then_each_has_its_own_event_beside_the_change()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        (UpdateUser Change, string[] Events)[] steps =
        [
            (new UpdateUser("Dr Grey", [Role.Clinical], null, false), ["user.updated"]),
            (new UpdateUser("Dr Grey", [Role.FrontDesk], null, false), ["user.updated", "user.roles-changed"]),
            (new UpdateUser("Dr Grey", [Role.FrontDesk], null, true), ["user.updated", "user.disabled"]),
            (new UpdateUser("Dr Grey", [Role.FrontDesk], null, false), ["notice.given", "user.updated", "user.enabled"]),
        ];
        for (var i = 0; i < steps.Length; i++)
        {
            var administrator = practice.As(Role.Administrative).Reauthenticated();
            await administrator.CallAsync(user.Id, (IUserGrain g) => g.UpdateAsync(steps[i].Change, i + 1));
            var trail = await administrator.TrailAsync();
            Assert.Equal(steps[i].Events, trail.Select(record => record.Event));
            Assert.Single(trail.Where(record => record.EntityType is "user").Select(record => record.ContentHash).Distinct());
            if (i == 1)
                Assert.Equal(("Clinical", "FrontDesk"), (trail[1].Detail["before"], trail[1].Detail["after"]));
        }
    }

    [Theory]
    [InlineData(Role.Clinical)]
    [InlineData(Role.Administrative)]
    [InlineData(Role.SecurityOfficer)]
    [InlineData(Role.PrivacyOfficer, Role.FrontDesk)]
    public async Task Given_privileged_roles_When_an_administrator_grants_them_alone_Then_an_approval_is_required_and_nothing_changes(params Role[] roles)
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("a.clerk", Role.FrontDesk);
        var creator = practice.As(Role.Administrative).Reauthenticated();

        await creator.RefusedAsync(ErrorCode.ApprovalRequired, practice.NewId(), (IUserGrain g) => g.CreateAsync(Command with { Roles = [.. roles] }));
        await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.ApprovalRequired, user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Clerk", [.. roles], null, false), 1));

        Assert.Equal(("user.created", "approval_required"), await creator.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);
        Assert.Equal([Role.FrontDesk], (await creator.CallAsync(user.Id, (IUserGrain g) => g.GetAsync())).Roles);
    }

    [Fact]
    public async Task Given_the_account_of_an_officer_When_an_administrator_weakens_it_alone_Then_an_approval_is_required()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        foreach (var office in RequiredApprovals.Both)
        {
            var officer = (await practice.OfficerAsync(office)).Caller.ActorId;
            foreach (var change in new[] { new UpdateUser("Officer", [office], null, true), new UpdateUser("Officer", [Role.FrontDesk], null, false) })
                await administrator.RefusedAsync(ErrorCode.ApprovalRequired, officer, (IUserGrain g) => g.UpdateAsync(change, 1));
            var renamed = await administrator.CallAsync(officer, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Officer", [office], null, false), 1));
            Assert.Equal(("Officer", 2), (renamed.DisplayName, renamed.Version));
        }
    }

    [Fact]
    public async Task Given_an_open_session_When_only_the_name_changes_Then_it_lives_on()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await _host.SignInAsync(practice, "dr.gray");
        await practice.As(Role.Administrative).Reauthenticated().CallAsync(
            user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Dr Grey", [Role.Clinical], null, false), 1));
        await _host.PresentAsync(session.Token);
    }

    [Fact]
    public async Task Given_an_administrator_When_changing_their_own_roles_or_disabling_themselves_Then_it_is_forbidden_and_recorded()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("boss", Role.Administrative);

        foreach (var change in new[] { new UpdateUser("Boss", [Role.Administrative, Role.SecurityOfficer], null, false), new UpdateUser("Boss", [Role.Administrative], null, true) })
        {
            var self = practice.As(user.Id, Role.Administrative).Reauthenticated();
            await self.RefusedAsync(ErrorCode.Forbidden, user.Id, (IUserGrain g) => g.UpdateAsync(change, 1));
            Assert.Equal(("user.updated", "forbidden"), await self.OnlyRecordAsync() is var r ? (r.Event, r.Reason) : default);
        }

        await practice.As(user.Id, Role.Administrative).Reauthenticated().CallAsync(
            user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("The Boss", [Role.Administrative], null, false), 1));
    }

    [Fact]
    public async Task Given_a_version_read_before_When_changing_Then_it_does_not_match_and_no_session_ends()
    {
        var practice = await _host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await _host.SignInAsync(practice, "dr.gray");

        await practice.As(Role.Administrative).Reauthenticated().RefusedAsync(
            ErrorCode.VersionMismatch, user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("X", [Role.FrontDesk], null, true), 7));

        await _host.PresentAsync(session.Token);
    }

    [Fact]
    public async Task Given_accounts_When_listed_in_pages_Then_they_come_by_login_each_once_and_the_list_is_recorded()
    {
        var practice = await _host.FoundPracticeAsync();
        foreach (var login in new[] { "zoe", "bea", "ann", "max" }) await practice.CreateAsync(login, Role.FrontDesk);
        var administrator = practice.As(Role.Administrative).Reauthenticated();

        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = await administrator.CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(cursor, 2)));
            seen.AddRange(page.Items.Select(user => user.Login));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(["admin", "ann", "bea", "max", "privacyofficer", "securityofficer", "zoe"], seen);
        Assert.Equal(["2", "2", "2", "1"], (await administrator.TrailAsync()).Select(r => r.Detail["count"]));
        await administrator.RefusedAsync(ErrorCode.InvalidRequest, "users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest("zzz", 2)));
        await administrator.RefusedAsync(ErrorCode.InvalidRequest, "users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 0)));
    }

    [Fact]
    public async Task Given_accounts_of_many_roles_When_providers_are_listed_Then_enabled_clinicians_come_each_once_by_name_and_id_alone()
    {
        var practice = await _host.FoundPracticeAsync();
        List<Guid> clinicians = [];
        foreach (var login in new[] { "zoe", "bea", "ann", "max", "eve", "kim" })
        {
            var user = await practice.CreateAsync(login, login is "max" or "bea" ? Role.FrontDesk : Role.Clinical);
            if (user.Roles.Contains(Role.Clinical) && login != "eve") clinicians.Add(user.Id);
            if (login == "eve")
            {
                await practice.As(Role.Administrative).Reauthenticated().CallAsync(
                    user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Eve", [Role.Clinical], null, Disabled: true), 1));
            }
        }

        var desk = practice.As(Role.FrontDesk);
        List<ProviderRecord> seen = [];
        string? cursor = null;
        do
        {
            var page = await desk.CallAsync("users", (IUserRegistryGrain g) => g.ListProvidersAsync(new PageRequest(cursor, 2)));
            Assert.True(page.Next is null || page.Items.Length == 2);
            seen.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(clinicians.Order(), seen.Select(provider => provider.Id).Order());
        Assert.All(await desk.TrailAsync(), record => Assert.Equal("provider.listed", record.Event));
        var list = await practice.As(Role.Administrative).CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 2)));
        await desk.RefusedAsync(ErrorCode.InvalidRequest, "users", (IUserRegistryGrain g) => g.ListProvidersAsync(new PageRequest(list.Next, 2)));
    }

    [Fact]
    public async Task Given_more_sessions_than_allowed_When_another_opens_Then_the_oldest_ends()
    {
        var practice = await _host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.FrontDesk);
        List<OpenedSession> sessions = [];
        for (var i = 0; i <= UserRules.MaxSessions; i++) sessions.Add(await _host.SignInAsync(practice, "dr.gray"));

        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(sessions[0].Token));
        await _host.PresentAsync(sessions[1].Token);
        await _host.PresentAsync(sessions[^1].Token);
    }
}

public sealed class UserGrainFaultTests
{
    [Fact]
    public async Task Given_a_login_taken_by_an_account_that_was_never_stored_When_another_wants_it_Then_it_gets_it()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        var lost = practice.NewId();
        await administrator.CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));
        await administrator.CallAsync("messenger", (IMessengerGrain g) => g.ClaimLoginAsync(GrainKeys.Of(practice.Id, "users"), "dr.gray", lost));

        var user = await practice.CreateAsync("dr.gray", Role.Clinical);

        Assert.Equal(user.Id, (await host.SignInAsync(practice, "dr.gray")).Session.User);
        await administrator.RefusedAsync(ErrorCode.LoginTaken, lost, (IUserGrain g) => g.CreateAsync(
            new CreateUser("dr.gray", "Late", [Role.FrontDesk])));
    }

    [Fact]
    public async Task Given_people_signing_in_and_out_while_their_account_changes_When_all_is_done_Then_nobody_waited_for_each_other_and_no_old_right_is_left()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var user = await practice.CreateAsync("dr.gray", Role.FrontDesk);
        // More than five at once of one account would have to wait.
        var sessions = new List<OpenedSession>();
        for (var i = 0; i < 8; i++) sessions.Add(await host.SignInAsync(practice, "dr.gray"));
        var actors = await Task.WhenAll(sessions.Select(session => host.ActorAsync(session)));

        var busy = actors.Select((actor, i) => Record.ExceptionAsync(() => i % 2 == 0
            ? actor.CallAsync(actor.Caller.SessionId!.Value, (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password))
            : actor.CallKeyAsync(GrainKeys.Of(practice.Id, actor.Caller.SessionId!.Value), (IUserSessionGrain g) => g.EndAsync())).AsTask()).ToList();
        var newcomers = Enumerable.Range(0, 4).Select(_ => Record.ExceptionAsync(() => host.SignInAsync(practice, "dr.gray")).AsTask()).ToList();
        await practice.ApproveAsync(practice.NewId(), new PrivilegedRequest(ChangeAccess: new ChangeAccess(user.Id, [Role.Clinical], false)));

        foreach (var session in sessions) await Assert.ThrowsAsync<DomainException>(() => host.PresentAsync(session.Token));
        foreach (var error in await Task.WhenAll(busy.Concat(newcomers))) Assert.True(error is null or DomainException, error?.ToString());
    }
}
