using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Tests.Api;

/// <summary>The people of a server's practices: how they get their accounts, and what they have on their phones.</summary>
/// <param name="connect">A connection with no credential.</param>
/// <param name="now">The server's clock.</param>
/// <param name="pass">Lets <see cref="TotpCode.Period"/> pass: what an authenticator shows is used up.</param>
internal sealed class Staff(Func<ApiClient> connect, Func<DateTimeOffset> now, Func<Task> pass)
{
    private readonly Dictionary<(string Practice, string Login), Authenticator> _authenticators = [];
    private readonly Dictionary<(string Practice, Role Role), string?> _sessions = [];

    /// <summary>The login of the person of a role who is there from the beginning.</summary>
    public static string LoginOf(Role role) => role is Role.Administrative ? "admin" : role.ToString().ToLowerInvariant();

    /// <summary>Founds a practice with an administrator and both officers, who enrol.</summary>
    public async Task<Guid> FoundAsync(string? setupCode, string practice)
    {
        using var nobody = connect();
        var founded = await nobody.PostAsync<FoundedPractice>("/v1/practice", new SetupRequest(
            setupCode ?? throw new InvalidOperationException("No set-up code."),
            new FoundPractice(practice, $"Practice {practice}", "America/New_York"),
            Account(Role.Administrative),
            [Account(Role.SecurityOfficer), Account(Role.PrivacyOfficer)]));
        foreach (var given in founded.Enrolments) await EnrolAsync(practice, given.Login, given.Code);
        return founded.Practice.Id;
    }

    /// <summary>Makes an account whose person enrols.</summary>
    public async Task<UserRecord> HireAsync(string practice, string login, params Role[] roles)
    {
        using var admin = await AtWorkAsync(practice, Role.Administrative);
        var command = new CreateUser(login, $"{login} person", [.. roles]);
        var id = roles is [Role.FrontDesk]
            ? (await admin.PostAsync<UserRecord>("/v1/users", command)).Id
            : await ApproveAsync(practice, new PrivilegedRequest(CreateUser: command));
        var code = await admin.PostAsync<EnrolmentCode>($"/v1/users/{id}/enrolment-code", null);
        await EnrolAsync(practice, login, code.Code);
        return await admin.GetAsync<UserRecord>($"/v1/users/{id}");
    }

    /// <summary>Has a privileged operation done: the administrator asks, the officers approve.</summary>
    /// <returns>The approval.</returns>
    public async Task<Guid> ApproveAsync(string practice, PrivilegedRequest request)
    {
        using var admin = await AtWorkAsync(practice, Role.Administrative);
        var asked = await admin.PostAsync<ApprovalRecord>("/v1/approvals", request);
        var last = asked;
        foreach (var office in asked.Required)
        {
            using var officer = await AtWorkAsync(practice, office);
            last = await officer.PostAsync<ApprovalRecord>($"/v1/approvals/{asked.Id}/approval", new ApproveRequest(asked.RequestHash));
        }

        Assert.Equal(ApprovalStatus.Executed, last.Status);
        return asked.Id;
    }

    /// <summary>A connection of somebody who just signed in.</summary>
    public async Task<ApiClient> SignInAsync(string practice, string login)
    {
        var client = connect();
        var request = new SignInRequest(practice, login, ApiServer.Password, await CodeOfAsync(practice, login));
        client.Present((await client.PostAsync<OpenedSession>("/v1/sessions", request)).Token);
        return client;
    }

    /// <summary>What somebody's authenticator shows next; null for who has none.</summary>
    public async Task<string?> CodeOfAsync(string practice, string login)
    {
        if (!_authenticators.TryGetValue((practice, login), out var authenticator)) return null;
        if (authenticator.Next(now()) is { } code) return code;
        await pass();
        return authenticator.Next(now());
    }

    /// <summary>A connection of somebody who is signed in and proved it just now.</summary>
    /// <remarks>Of one session for all that is done here, as long as it lasts: authenticators show a code every 30 seconds only.</remarks>
    public async Task<ApiClient> AtWorkAsync(string practice, Role role)
    {
        var client = connect();
        client.Present(_sessions.GetValueOrDefault((practice, role)));
        if (client.Token is null || (await client.SendAsync(HttpMethod.Get, "/v1/sessions/current")).Status is HttpStatusCode.Unauthorized)
        {
            client.Dispose();
            client = await SignInAsync(practice, LoginOf(role));
            _sessions[(practice, role)] = client.Token;
        }

        await ApiServer.ReauthenticateAsync(client);
        return client;
    }

    private static CreateUser Account(Role role) => new(LoginOf(role), $"{role} person", [role]);

    private async Task EnrolAsync(string practice, string login, string code)
    {
        using var nobody = connect();
        var begun = await nobody.PostAsync<EnrolmentStarted>("/v1/enrolments", new BeginEnrolment(practice, login, code, ApiServer.Password));
        if (!begun.SecondFactor.Required) return;
        _authenticators[(practice, login)] = new Authenticator(begun.SecondFactor.Secret);
        var totp = await CodeOfAsync(practice, login);
        await nobody.PostAsync<RecoveryCodes>("/v1/enrolments/confirmation", new CompleteEnrolment(practice, login, code, totp!));
    }
}
