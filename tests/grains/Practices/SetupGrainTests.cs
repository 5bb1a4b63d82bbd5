using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Practices;

public sealed class SetupGrainTests
{
    private static readonly CreateUser Administrator = new("admin", "First Administrator", [Role.Administrative]);
    private static readonly FoundPractice Practice = new("hill-clinic", "Hill Clinic", "America/Chicago");

    [Fact]
    public async Task Given_a_fresh_installation_When_founded_with_the_code_Then_the_practice_and_its_administrator_exist_and_the_code_is_spent()
    {
        await using var host = await GrainHost.StartAsync();
        var code = await IssueAsync(host);
        var founder = host.Anonymous();

        var founded = await founder.CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(new SetupRequest(code!, Practice, Administrator)));
        var record = founded.Practice;

        Assert.Equal(("hill-clinic", 1, BaaStatus.None), (record.Code, record.Version, record.Baa.Status));
        Assert.Equal([Role.Administrative], (await SignInAsync(host, founded)).Session.Roles);
        await host.Anonymous().RefusedKeyAsync(
            ErrorCode.SetupCodeInvalid,
            GrainKeys.OfSystem("setup"),
            (ISetupGrain g) => g.FoundAsync(new SetupRequest(code!, Practice with { Code = "other" }, Administrator)));
        var told = await host.Ledger.ArrivalAsync(record.Id.ToString("D"), r => r.Event == AuditEvents.PracticeFounded.Code);
        Assert.Equal(founder.Caller.CorrelationId, told.CorrelationId);
        await host.Ledger.ArrivalAsync(record.Id.ToString("D"), r => r.Event == AuditEvents.UserCreated.Code);
        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.PracticeFounded.Code && r.EntityId == record.Id.ToString("D"));
    }

    [Fact]
    public async Task Given_officers_named_at_founding_When_founded_Then_each_has_an_account_and_a_code_of_their_own()
    {
        await using var host = await GrainHost.StartAsync();
        CreateUser[] officers = [new("sam", "Sam", [Role.SecurityOfficer]), new("pat", "Pat", [Role.PrivacyOfficer, Role.Clinical])];

        var request = new SetupRequest((await IssueAsync(host))!, Practice, Administrator, [.. officers]);
        var founded = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));

        Assert.Equal(["admin", "sam", "pat"], founded.Enrolments.Select(given => given.Login));
        Assert.Equal(3, founded.Enrolments.Select(given => given.Code).Distinct(StringComparer.Ordinal).Count());
        var practice = new TestPractice(host, founded.Practice.Id, founded.Practice.Code);
        await practice.EnrolAsync("pat", founded.Enrolments[2].Code);
        Assert.Equal([Role.Clinical, Role.PrivacyOfficer], (await host.SignInAsync(practice, "pat")).Session.Roles);
        await Assert.ThrowsAsync<DomainException>(() => practice.EnrolAsync("sam", founded.Enrolments[2].Code));
    }

    [Theory]
    [InlineData("sam", "joe", Role.FrontDesk, "/officers/1/roles")]
    [InlineData("sam", "sam", Role.SecurityOfficer, "/officers/1/login")]
    [InlineData("sam", "admin", Role.SecurityOfficer, "/officers/1/login")]
    [InlineData("sam", "Jo Jo", Role.SecurityOfficer, "/officers/1/login")]
    public async Task Given_officers_who_are_none_or_share_a_login_When_founding_Then_the_field_is_named(string first, string second, Role role, string pointer)
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest(
            (await IssueAsync(host))!, Practice, Administrator, [new CreateUser(first, "One", [Role.PrivacyOfficer]), new CreateUser(second, "Two", [role])]);
        var refusal = await host.Anonymous().RefusedKeyAsync(
            ErrorCode.InvalidRequest, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(request));
        Assert.Equal(pointer, refusal.Pointer);

        var three = request with { Officers = [.. Enumerable.Range(0, 3).Select(i => new CreateUser($"sam{i}", "Sam", [Role.SecurityOfficer]))] };
        refusal = await host.Anonymous().RefusedKeyAsync(
            ErrorCode.InvalidRequest, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(three));
        Assert.Equal("/officers", refusal.Pointer);
    }

    [Fact]
    public async Task Given_a_practice_exists_When_a_code_is_asked_for_at_start_Then_there_is_none_but_for_a_further_practice()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.EnrolAsync("admin", practice.AdministratorCode!);

        Assert.Null(await IssueAsync(host));
        Assert.Null(await IssueAsync(host, SetupCodeWish.Another));
        Assert.NotNull(await FurtherAsync(host));
    }

    [Fact]
    public async Task Given_an_administrator_who_never_enrolled_When_started_again_Then_the_same_request_gives_new_codes_until_they_have()
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest((await IssueAsync(host))!, Practice, Administrator, [new CreateUser("sam", "Sam", [Role.SecurityOfficer])]);
        var lost = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
        var practice = new TestPractice(host, lost.Practice.Id, lost.Practice.Code);
        await practice.EnrolAsync("sam", lost.Enrolments[1].Code);
        host.Time.Jump(TimeSpan.FromDays(4));
        await host.RestartAsync();

        request = request with { SetupCode = (await IssueAsync(host))! };
        var again = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));

        Assert.Equal(lost.Practice.Id, again.Practice.Id);
        Assert.Equal("admin", Assert.Single(again.Enrolments).Login);
        await practice.EnrolAsync("admin", again.Enrolments[0].Code);
        Assert.Null(await IssueAsync(host));
        request = request with { SetupCode = await FurtherAsync(host) };
        await host.Anonymous().RefusedKeyAsync(ErrorCode.Conflict, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(request));
    }

    [Fact]
    public async Task Given_a_code_When_another_is_issued_Then_the_first_is_worth_nothing()
    {
        await using var host = await GrainHost.StartAsync();
        var first = await IssueAsync(host);
        var second = await IssueAsync(host, SetupCodeWish.Another);

        var refused = host.Anonymous();
        await refused.RefusedKeyAsync(
            ErrorCode.SetupCodeInvalid, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest(first!, Practice, Administrator)));
        var record = await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == refused.Caller.CorrelationId);
        Assert.Equal((AuditEvents.SetupRefused.Code, AuditOutcome.Refused, "wrong_code"), (record.Event, record.Outcome, record.Reason));

        var typed = second!.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(new SetupRequest(typed, Practice, Administrator)));
    }

    [Fact]
    public async Task Given_a_code_that_is_good_When_other_front_doors_start_Then_it_stays_good_and_they_are_told_where_it_was_shown()
    {
        await using var host = await GrainHost.StartAsync();
        var issued = await AskAsync(host, SetupCodeWish.IfNone, "door-one");
        host.Time.Jump(TimeSpan.FromDays(1));

        Assert.Equal(issued! with { Code = null }, await AskAsync(host, SetupCodeWish.IfNone, "door-two"));
        await host.RestartAsync();
        Assert.Equal(issued with { Code = null }, await AskAsync(host, SetupCodeWish.IfNone, "door-one"));

        await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(new SetupRequest(issued.Code!, Practice, Administrator)));
    }

    [Fact]
    public async Task Given_a_code_that_was_lost_When_another_is_wished_for_Then_later_starts_tell_of_that_one()
    {
        await using var host = await GrainHost.StartAsync();
        await AskAsync(host, SetupCodeWish.IfNone, "door-one");

        var another = await AskAsync(host, SetupCodeWish.Another, "door-\u001b[2J");

        Assert.Equal(("door---2J", host.Time.GetUtcNow()), (another!.Place, another.IssuedAt));
        Assert.Equal(another with { Code = null }, await AskAsync(host, SetupCodeWish.IfNone, "door-three"));
    }

    [Fact]
    public async Task Given_wrong_codes_without_end_from_one_address_When_the_right_one_comes_Then_it_waits_there_and_is_taken_from_elsewhere()
    {
        await using var host = await GrainHost.StartAsync(
            services => services.AddSingleton(new GrainsOptions { SecretKey = new byte[32], PasswordIterations = 1_000 }));
        var code = await IssueAsync(host);
        for (var i = 0; i < AttemptLimit.Address.Free; i++)
        {
            await host.Anonymous().RefusedKeyAsync(
                ErrorCode.SetupCodeInvalid, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest("AAAAA", Practice, Administrator)));
        }

        var request = new SetupRequest(code!, Practice, Administrator);
        await host.Anonymous().RefusedKeyAsync(ErrorCode.TooManyRequests, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(request));
        var elsewhere = new Actor(host, host.Anonymous().Caller with { RemoteAddress = "198.51.100.7" });
        await elsewhere.CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
    }

    [Fact]
    public async Task Given_a_founding_that_crashed_between_its_steps_When_repeated_after_a_restart_Then_it_ends_in_one_practice()
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest((await IssueAsync(host))!, Practice, Administrator);
        host.Publishing.Break(r => r.Event == AuditEvents.UserCreated.Code);
        await host.Anonymous().RefusedKeyAsync(ErrorCode.Unavailable, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(request));
        host.Publishing.Mend();
        await host.RestartAsync();
        var other = new SetupRequest(request.SetupCode, Practice with { Name = "Another" }, Administrator);
        await host.Anonymous().RefusedKeyAsync(ErrorCode.Conflict, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(other));

        var founded = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));

        Assert.Equal(founded.Practice.Id, (await SignInAsync(host, founded)).Session.Practice);
        Assert.Null(await IssueAsync(host));
    }

    [Fact]
    public async Task Given_a_code_of_another_practice_When_founding_Then_it_conflicts_and_the_set_up_code_still_works()
    {
        await using var host = await GrainHost.StartAsync();
        await host.FoundPracticeAsync("hill-clinic");
        var code = await FurtherAsync(host);

        var conflict = await host.Anonymous().RefusedKeyAsync(
            ErrorCode.Conflict, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest(code!, Practice, Administrator)));

        Assert.Equal("/practice/code", conflict.Pointer);
        await host.Anonymous().CallSystemAsync(
            "setup", (ISetupGrain g) => g.FoundAsync(new SetupRequest(code!, Practice with { Code = "dale-clinic" }, Administrator)));
    }

    [Fact]
    public async Task Given_a_code_left_over_from_before_the_administrator_enrolled_When_it_is_used_Then_it_is_refused_and_void()
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest((await IssueAsync(host))!, Practice, Administrator);
        var founded = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
        var left = await IssueAsync(host);
        await SignInAsync(host, founded);

        var later = host.Anonymous();
        foreach (var other in (SetupRequest[])[request with { SetupCode = left! }, new SetupRequest(left!, Practice with { Code = "dale-clinic" }, Administrator)])
            await later.RefusedKeyAsync(ErrorCode.SetupCodeInvalid, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(other));

        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.SetupRefused.Code && r.Reason == "founded");
        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.SetupCodeVoided.Code && r.CorrelationId == later.Caller.CorrelationId);
        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.SetupRefused.Code && r.Reason == "no_code");
    }

    [Fact]
    public async Task Given_a_code_left_over_When_started_after_the_administrator_enrolled_Then_it_is_voided_on_record()
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest((await IssueAsync(host))!, Practice, Administrator);
        var founded = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));
        var left = await IssueAsync(host);
        await SignInAsync(host, founded);

        Assert.Null(await IssueAsync(host, SetupCodeWish.Another));

        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.SetupCodeVoided.Code);
        await host.Anonymous().RefusedKeyAsync(
            ErrorCode.SetupCodeInvalid, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest(left!, Practice with { Code = "dale-clinic" }, Administrator)));
        await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Event == AuditEvents.SetupRefused.Code && r.Reason == "no_code");
    }

    [Fact]
    public async Task Given_a_code_for_a_further_practice_When_front_doors_start_Then_it_stays_good_for_72_hours_and_no_longer()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        await practice.EnrolAsync("admin", practice.AdministratorCode!);
        var code = await FurtherAsync(host);

        Assert.Null(await IssueAsync(host));
        Assert.Null(await IssueAsync(host, SetupCodeWish.Another));
        await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(new SetupRequest(code, Practice, Administrator)));

        code = await FurtherAsync(host);
        host.Time.Jump(TimeSpan.FromHours(72));
        await host.Anonymous().RefusedKeyAsync(
            ErrorCode.Conflict, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest(code, Practice with { Code = "dale-clinic" }, Administrator)));
    }

    [Fact]
    public async Task Given_a_further_practice_whose_administrator_never_enrolled_When_a_start_gives_a_code_Then_it_repeats_that_founding_only()
    {
        await using var host = await GrainHost.StartAsync();
        var first = await host.FoundPracticeAsync();
        await first.EnrolAsync("admin", first.AdministratorCode!);
        var request = new SetupRequest(await FurtherAsync(host), Practice, Administrator);
        var founded = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request));

        var code = await IssueAsync(host);

        await host.Anonymous().RefusedKeyAsync(
            ErrorCode.Conflict, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(new SetupRequest(code!, Practice with { Code = "dale-clinic" }, Administrator)));
        var again = await host.Anonymous().CallSystemAsync("setup", (ISetupGrain g) => g.FoundAsync(request with { SetupCode = code! }));
        Assert.Equal(founded.Practice.Id, again.Practice.Id);
    }

    [Theory]
    [InlineData("x", "America/Chicago", "admin", "/practice/code")]
    [InlineData("Hill", "America/Chicago", "admin", "/practice/code")]
    [InlineData("hill", "Mars/Olympus", "admin", "/practice/timeZone")]
    [InlineData("hill", "America/Chicago", "Admin One", "/administrator/login")]
    public async Task Given_a_malformed_request_When_founding_Then_the_field_is_named(string code, string zone, string login, string pointer)
    {
        await using var host = await GrainHost.StartAsync();
        var request = new SetupRequest((await IssueAsync(host))!, new FoundPractice(code, "Hill", zone), Administrator with { Login = login });

        var refusal = await host.Anonymous().RefusedKeyAsync(
            ErrorCode.InvalidRequest, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.FoundAsync(request));

        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public async Task Given_somebody_who_is_not_the_host_When_asking_for_a_code_Then_it_is_refused_and_recorded()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var stranger = host.Anonymous();
        var administrator = practice.As(Role.Administrative);

        await stranger.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.IssueCodeAsync(SetupCodeWish.Another, "test"));
        await administrator.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.OfSystem("further-practice"), (IFurtherPracticeGrain g) => g.IssueCodeAsync("test"));

        var record = await host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("access.refused", "not_signed_in", "unknown"), (record.Event, record.Reason, record.EntityId));
        Assert.Equal("other_practice", (await administrator.OnlyRecordAsync()).Reason);
    }

    private static async Task<OpenedSession> SignInAsync(GrainHost host, FoundedPractice founded)
    {
        var practice = new TestPractice(host, founded.Practice.Id, founded.Practice.Code);
        await practice.EnrolAsync("admin", founded.Enrolments[0].Code);
        return await host.SignInAsync(practice, "admin");
    }

    private static async Task<string?> IssueAsync(GrainHost host, SetupCodeWish wish = SetupCodeWish.IfNone) => (await AskAsync(host, wish, "door-one"))?.Code;

    private static async Task<string> FurtherAsync(GrainHost host) =>
        (await new Actor(host, Caller.Host(TestPractice.NewCorrelation())).CallSystemAsync("further-practice", (IFurtherPracticeGrain g) => g.IssueCodeAsync("host"))).Code!;

    private static Task<IssuedSetupCode?> AskAsync(GrainHost host, SetupCodeWish wish, string place) =>
        new Actor(host, Caller.Host(TestPractice.NewCorrelation())).CallSystemAsync("setup", (ISetupGrain g) => g.IssueCodeAsync(wish, place));
}
