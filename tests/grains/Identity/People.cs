using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>Real accounts and sessions of a test practice.</summary>
internal static class People
{
    /// <summary>Makes an account that nobody has enrolled; by approval where its roles need one.</summary>
    public static async Task<UserRecord> MakeAsync(this TestPractice practice, CreateUser command)
    {
        var administrator = practice.As(Role.Administrative).Reauthenticated();
        var id = practice.NewId();
        if (RequiredApprovals.OfAccount(command.Roles).IsEmpty) await administrator.CallAsync(id, (IUserGrain g) => g.CreateAsync(command));
        else await practice.ApproveAsync(id, new PrivilegedRequest(CreateUser: command));
        return await administrator.CallAsync(id, (IUserGrain g) => g.GetAsync());
    }

    /// <summary>Makes an account whose person enrols.</summary>
    public static async Task<UserRecord> CreateAsync(this TestPractice practice, string login, params Role[] roles)
    {
        var user = await practice.MakeAsync(new CreateUser(login, "Some One", [.. roles]));
        var code = await practice.As(Role.Administrative).Reauthenticated().CallAsync(user.Id, (IUserGrain g) => g.IssueEnrolmentCodeAsync());
        var hasSecondFactor = await practice.EnrolAsync(login, code.Code);
        return user with { Enrolled = true, HasSecondFactor = hasSecondFactor };
    }

    /// <summary>Makes an account its person's; whether it has a second factor then.</summary>
    public static async Task<bool> EnrolAsync(this TestPractice practice, string login, string code, string password = TestPractice.Password)
    {
        var host = practice.Host;
        var begun = await host.Anonymous().CallSystemAsync(
            "enrolment", (IEnrolmentGrain g) => g.BeginAsync(new BeginEnrolment(practice.Code, login, code, password)));
        if (!begun.SecondFactor.Required) return false;
        var authenticator = practice.Authenticators[login] = new Authenticator(begun.SecondFactor.Secret);
        var totp = authenticator.Next(host.Time.GetUtcNow())!;
        await host.Anonymous().CallSystemAsync(
            "enrolment", (IEnrolmentGrain g) => g.CompleteAsync(new CompleteEnrolment(practice.Code, login, code, totp)));
        return true;
    }

    /// <summary>Signs in, with the second factor where there is one. When its codes are used up, time jumps to the next.</summary>
    public static Task<OpenedSession> SignInAsync(this GrainHost host, TestPractice practice, string login, string password = TestPractice.Password)
    {
        var request = new SignInRequest(practice.Code, login, password, practice.CodeOf(login));
        return host.Anonymous().CallSystemAsync("sign-in", (ISignInGrain g) => g.SignInAsync(request));
    }

    /// <summary>What somebody's authenticator shows next; null without one. When its codes are used up, time jumps to the next.</summary>
    public static string? CodeOf(this TestPractice practice, string login)
    {
        if (!practice.Authenticators.TryGetValue(login, out var authenticator)) return null;
        var time = practice.Host.Time;
        if (authenticator.Next(time.GetUtcNow()) is { } code) return code;
        time.Jump(TotpCode.Period);
        return authenticator.Next(time.GetUtcNow());
    }

    /// <summary>Presents a credential as the front door does.</summary>
    public static Task<Caller> PresentAsync(this GrainHost host, string token) => PresentAsync(host.Anonymous(), token);

    /// <summary>Presents a credential as the front door does.</summary>
    public static async Task<Caller> PresentAsync(this Actor stranger, string token)
    {
        Assert.True(CredentialFormat.TryParse(token, out var credential));
        return credential.Kind is CredentialKind.Session
            ? (await stranger.CallKeyAsync(credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret)))).Caller
            : await stranger.CallKeyAsync(credential.GrainKey, (JamEmr.Tokens.IApiTokenGrain g) => g.AuthenticateAsync(credential.Secret));
    }

    /// <summary>The signed-in person, as the front door makes them of their token.</summary>
    public static async Task<Actor> ActorAsync(this GrainHost host, OpenedSession session) =>
        new(host, await host.PresentAsync(session.Token) with { CorrelationId = TestPractice.NewCorrelation() });
}
