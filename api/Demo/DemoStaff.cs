using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Api.Demo;

/// <summary>The people of the demonstration: how they get their accounts, and how they sign in.</summary>
/// <param name="practice">The practice's code.</param>
/// <param name="connect">Makes a connection of somebody's own.</param>
internal sealed class DemoStaff(string practice, Func<DemoClient> connect, CancellationToken ct)
{
    private readonly List<DemoPerson> _people = [];
    private readonly Dictionary<string, DemoClient> _signedIn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Authenticator> _authenticators = new(StringComparer.Ordinal);

    /// <summary>Everybody so far.</summary>
    public IReadOnlyList<DemoPerson> People => _people;

    /// <summary>Founds the practice with its administrator and both officers, who enrol.</summary>
    /// <returns>The administrator, signed in.</returns>
    public async Task<DemoClient> FoundAsync(string setupCode, string name, string zone)
    {
        var nobody = connect();
        var founded = await nobody.SendAsync<FoundedPractice>(
            HttpMethod.Post,
            "/v1/practice",
            new SetupRequest(
                setupCode,
                new FoundPractice(practice, name, zone),
                new CreateUser("alex", "Alex Admin", [Role.Administrative]),
                [new CreateUser("sam", "Sam Security", [Role.SecurityOfficer]), new CreateUser("pat", "Pat Privacy", [Role.PrivacyOfficer])]),
            null,
            ct);
        string[] roles = ["administrator", "security officer", "privacy officer"];
        foreach (var (role, given) in roles.Zip(founded.Enrolments)) await EnrolAsync(role, given.Login, given.Code);
        return await SignInAsync("administrator");
    }

    /// <summary>Makes an account, whose person enrols.</summary>
    public async Task<UserRecord> HireAsync(DemoClient admin, string role, string login, string name, Role kind)
    {
        await ReauthenticateAsync(admin, "administrator");
        var command = new CreateUser(login, name, [kind]);
        var id = kind is Role.FrontDesk
            ? (await admin.SendAsync<UserRecord>(HttpMethod.Post, "/v1/users", command, null, ct)).Id
            : await ApprovedAsync(admin, new PrivilegedRequest(CreateUser: command));
        var code = await admin.SendAsync<EnrolmentCode>(HttpMethod.Post, $"/v1/users/{id}/enrolment-code", null, null, ct);
        await EnrolAsync(role, login, code.Code);
        return await admin.SendAsync<UserRecord>(HttpMethod.Get, $"/v1/users/{id}", null, null, ct);
    }

    // Whoever is to see charts is approved by the Security Officer.
    private async Task<Guid> ApprovedAsync(DemoClient admin, PrivilegedRequest request)
    {
        var asked = await admin.SendAsync<ApprovalRecord>(HttpMethod.Post, "/v1/approvals", request, null, ct);
        var officer = await SignInAsync("security officer");
        await ReauthenticateAsync(officer, "security officer");
        var done = await officer.SendAsync<ApprovalRecord>(
            HttpMethod.Post, $"/v1/approvals/{asked.Id}/approval", new ApproveRequest(asked.RequestHash), null, ct);
        return done.Status is ApprovalStatus.Executed ? asked.Id : throw new DemoFailedException($"The approval is {done.Status}.");
    }

    /// <summary>Signs somebody in on a connection of their own, who stays signed in: an authenticator shows a code every 30 seconds only.</summary>
    public async Task<DemoClient> SignInAsync(string role)
    {
        if (_signedIn.TryGetValue(role, out var signedIn)) return signedIn;
        var person = PersonOf(role);
        var client = connect();
        await client.SignInAsync(new SignInRequest(practice, person.Login, person.Password, await CodeAsync(person)), ct);
        _signedIn[role] = client;
        return client;
    }

    /// <summary>Proves somebody's identity again.</summary>
    public Task<SessionRecord> ReauthenticateAsync(DemoClient client, string role) => client.SendAsync<SessionRecord>(
        HttpMethod.Post, "/v1/sessions/current/reauthentication", new Reauthenticate(PersonOf(role).Password), null, ct);

    private async Task EnrolAsync(string role, string login, string code)
    {
        var nobody = connect();
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));
        var begun = await nobody.SendAsync<EnrolmentStarted>(
            HttpMethod.Post, "/v1/enrolments", new BeginEnrolment(practice, login, code, password), null, ct);
        var person = new DemoPerson(role, login, password, begun.SecondFactor.Required ? begun.SecondFactor.Secret : null);
        _people.Add(person);
        if (person.Secret is null) return;
        _authenticators[role] = new Authenticator(person.Secret);
        await nobody.SendAsync<RecoveryCodes>(
            HttpMethod.Post, "/v1/enrolments/confirmation", new CompleteEnrolment(practice, login, code, (await CodeAsync(person))!), null, ct);
    }

    private async Task<string?> CodeAsync(DemoPerson person)
    {
        if (person.Secret is null) return null;
        while (true)
        {
            if (_authenticators[person.Role].Next(TimeProvider.System.GetUtcNow()) is { } code) return code;
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
        }
    }

    private DemoPerson PersonOf(string role) => _people.Single(p => string.Equals(p.Role, role, StringComparison.Ordinal));
}
