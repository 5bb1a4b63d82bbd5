using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Access;

/// <content>Callers whose session, token or emergency access is over, and the proof that they show.</content>
public sealed partial class FrontDoorCallTests
{
    [Theory]
    [InlineData(15 * 60)]
    [InlineData(12 * 3600)]
    public async Task Given_a_session_whose_time_is_over_When_a_front_door_still_calls_for_its_person_Then_it_is_cut_off_and_cannot_go_on(int seconds)
    {
        var person = await SignInAsync();
        Host.Time.Jump(TimeSpan.FromSeconds(seconds - 1));
        _watch.IsOn = true;
        if (seconds == 15 * 60) await person.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        _watch.IsOn = false;
        // What was done with it a second before, without presenting its secret, was no use of it.
        Host.Time.Jump(TimeSpan.FromSeconds(1));

        await RefusedAsync(person.Again(), "cut_off", isKnown: true);
        _watch.IsOn = true;
        await person.RefusedKeyAsync(ErrorCode.Unauthenticated, SessionOf(person), (IUserSessionGrain g) => g.ReauthenticateAsync(TestPractice.Password));
        await person.RefusedKeyAsync(ErrorCode.Unauthenticated, SessionOf(person), (IUserSessionGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_an_emergency_access_that_ended_When_a_front_door_still_calls_with_it_Then_it_is_cut_off_and_nobody_is_alarmed()
    {
        await Practice.CreateAsync("doctor", Role.Clinical);
        var session = await Host.SignInAsync(Practice, "doctor");
        var grant = new BreakGlassGrant(Practice.NewId(), Practice.NewId(), Host.Time.GetUtcNow().AddMinutes(10));
        var before = await Host.ActorAsync(session);
        await before.CallKeyAsync(GrainKeys.Of(Practice.Id, "messenger"), (IMessengerGrain g) => g.BeginBreakGlassAsync(SessionOf(before), grant));
        var during = await Host.ActorAsync(session);
        Assert.Equal(grant, during.Caller.BreakGlass);

        _watch.IsOn = true;
        await before.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        await during.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
        var longer = new Actor(Host, during.Caller with { BreakGlass = grant with { ExpiresAt = grant.ExpiresAt.AddMinutes(1) }, CorrelationId = TestPractice.NewCorrelation() });
        var made = new Actor(Host, before.Caller with { BreakGlass = grant, CorrelationId = TestPractice.NewCorrelation() });
        await RefusedAsync(longer, "not_signed_in", isKnown: false);
        await RefusedAsync(made, "not_signed_in", isKnown: false);

        var alarms = Host.Logs.All.Count(static line => line.Contains(NobodyLogged, StringComparison.Ordinal));
        await before.CallKeyAsync(GrainKeys.Of(Practice.Id, "messenger"), (IMessengerGrain g) => g.EndBreakGlassAsync(SessionOf(before), grant.Id));
        await RefusedAsync(during.Again(), "cut_off", isKnown: true);
        Assert.Equal(alarms, Host.Logs.All.Count(static line => line.Contains(NobodyLogged, StringComparison.Ordinal)));
        _watch.IsOn = true;
        await before.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_rotated_token_When_a_front_door_still_calls_for_who_showed_the_former_secret_Then_it_is_cut_off_after_the_overlap()
    {
        var (id, program) = await RegisterAsync(null);
        var owner = Practice.As(_owner!.Value, Role.Administrative).Reauthenticated();
        await owner.CallAsync(id, (IApiTokenGrain g) => g.RotateAsync(new RotateToken(1)));
        _watch.IsOn = true;
        await program.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());

        Host.Time.Jump(TimeSpan.FromHours(1));

        await RefusedAsync(program.Again(), "cut_off", isKnown: true);
    }

    [Fact]
    public async Task Given_a_token_whose_owner_was_disabled_When_it_was_refused_since_Then_a_front_doors_call_for_it_is_cut_off()
    {
        var (_, program, secret) = await RegisterWithSecretAsync(null);
        var administrator = Practice.As(Role.Administrative).Reauthenticated();
        var owner = await administrator.CallAsync(_owner!.Value, (IUserGrain g) => g.GetAsync());
        await administrator.CallAsync(owner.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Owner", owner.Roles, null, Disabled: true), owner.Version));
        await Assert.ThrowsAsync<DomainException>(() => Host.PresentAsync(secret));

        await RefusedAsync(program.Again(), "cut_off", isKnown: true);
    }

    [Fact]
    public async Task Given_callers_with_a_proof_When_printed_Then_it_is_not_shown()
    {
        var person = (await SignInAsync()).Caller;
        var (_, program) = await RegisterAsync(null);

        Assert.DoesNotContain(person.Proof!, person.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(program.Caller.Proof!, program.Caller.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(person.Proof, program.Caller.Proof);
    }
}
