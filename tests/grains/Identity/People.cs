using JamEmr.Access;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>Real accounts and sessions of a test practice.</summary>
internal static class People
{
    /// <summary>Makes an account.</summary>
    public static Task<UserRecord> CreateAsync(this TestPractice practice, string login, params Role[] roles) =>
        practice.As(Role.Administrative).CallAsync(
            practice.NewId(), (IUserGrain g) => g.CreateAsync(new CreateUser(login, "Some One", TestPractice.Password, [.. roles])));

    /// <summary>Signs in.</summary>
    public static Task<OpenedSession> SignInAsync(this GrainHost host, TestPractice practice, string login, string password = TestPractice.Password) =>
        host.Anonymous().CallSystemAsync("sign-in", (ISignInGrain g) => g.SignInAsync(new SignInRequest(practice.Code, login, password)));

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
