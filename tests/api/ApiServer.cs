using System.Net.Security;
using JamEmr.Access;
using JamEmr.Api.Hosting;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api;

/// <summary>The real server over real HTTPS on a real folder, with one founded practice and a person of each role. The clock is the test's.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    internal const string Password = "correct horse battery";
    private readonly string _own;
    private readonly Dictionary<Role, ApiClient> _people = [];
    private WebApplication? _app;

    /// <summary>Each role a person can have.</summary>
    public static readonly Role[] Roles = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer];

    public ApiServer()
        : this(Path.GetTempPath())
    {
    }

    /// <summary>A server whose folder lies below the given one.</summary>
    internal ApiServer(string parent) => _own = Directory.CreateDirectory(Path.Combine(parent, $"jamemr-api-{Path.GetRandomFileName()}")).FullName;

    public ManualTimeProvider Time { get; } = new();

    public string DataFolder => Path.Combine(_own, "data");

    public WebApplication App => _app ?? throw new InvalidOperationException("The server is not started.");

    public Uri Address => new(App.Urls.First());

    public Guid Practice { get; private set; }

    /// <summary>A signed-in person of the role.</summary>
    public ApiClient As(Role role) => _people[role];

    /// <summary>A client with no credential.</summary>
    public ApiClient Nobody() => new(Address);

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        Practice = (await FoundAsync("first", "admin")).Id;
        var admin = await SignInAsync("first", "admin");
        foreach (var role in Roles)
        {
            if (role == Role.Administrative) _people[role] = admin;
            else _people[role] = await HireAsync(admin, "first", role);
        }
    }

    /// <summary>Founds a further practice and gives its signed-in administrator and clinician.</summary>
    public async Task<(ApiClient Admin, ApiClient Clinician)> OtherPracticeAsync(string code)
    {
        await FoundAsync(code, "admin");
        var admin = await SignInAsync(code, "admin");
        return (admin, await HireAsync(admin, code, Role.Clinical));
    }

    /// <summary>Moves the clock once everything published is on the ledger: work in flight would otherwise take the jump for a time-out.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await As(Role.SecurityOfficer).GetAsync<JamEmr.Audit.AuditPage>("/v1/audit/records?limit=1");
        Time.Advance(time);
    }

    /// <summary>Stops the server and starts it again on the same folder; sessions live on.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
        foreach (var client in _people.Values) client.MoveTo(Address);
    }

    /// <summary>Stops the server in order; its folder stays until this is disposed of.</summary>
    public Task StopServingAsync() => StopAsync();

    public Task<string?> SetupCodeAsync() => FirstStart.IssueSetupCodeAsync(App.Services, evenIfFounded: true);

    public async Task<ApiClient> SignInAsync(string practice, string login)
    {
        var client = Nobody();
        var opened = await client.PostAsync<OpenedSession>("/v1/sessions", new SignInRequest(practice, login, Password));
        client.Present(opened.Token);
        return client;
    }

    public static Task ReauthenticateAsync(ApiClient client) =>
        client.PostAsync<SessionRecord>("/v1/sessions/current/reauthentication", new { password = Password });

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var client in _people.Values) client.Dispose();
        Directory.Delete(_own, recursive: true);
    }

    private async Task StartAsync()
    {
        _app = ApiHost.Build(
            options =>
            {
                options.DataFolder = DataFolder;
                options.Port = 0;
                options.PasswordHashIterations = 10;
            },
            services =>
            {
                services.AddSingleton<TimeProvider>(Time);
                services.AddLogging(l => l.ClearProviders());
            });
        await _app.StartAsync();
    }

    private async Task StopAsync()
    {
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private async Task<PracticeRecord> FoundAsync(string code, string admin)
    {
        var setup = await SetupCodeAsync() ?? throw new InvalidOperationException("No set-up code.");
        using var nobody = Nobody();
        return await nobody.PostAsync<PracticeRecord>("/v1/practice", new SetupRequest(
            setup, new FoundPractice(code, $"Practice {code}", "America/New_York"), new CreateUser(admin, "Admin", Password, [Role.Administrative])));
    }

    private async Task<ApiClient> HireAsync(ApiClient admin, string practice, Role role)
    {
        var login = role.ToString().ToLowerInvariant();
        await admin.PostAsync<UserRecord>("/v1/users", new CreateUser(login, $"{role} person", Password, [role]));
        return await SignInAsync(practice, login);
    }

    internal static RemoteCertificateValidationCallback TrustLoopbackOnly => (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
}
