using System.Net.Security;
using JamEmr.Access;
using JamEmr.Api.Hosting;
using JamEmr.Audit;
using JamEmr.Engine.Hosting;
using JamEmr.Identity;
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
    private readonly Action<IServiceCollection>? _also;
    private readonly Dictionary<Role, ApiClient> _people = [];
    private readonly Staff _staff;
    private WebApplication? _app;

    /// <summary>Each role a person can have.</summary>
    public static readonly Role[] Roles = [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer];

    public ApiServer()
        : this(Path.GetTempPath())
    {
    }

    /// <summary>A server with services beside or in place of the usual ones.</summary>
    internal ApiServer(Action<IServiceCollection> also)
        : this(Path.GetTempPath()) => _also = also;

    /// <summary>A server whose folder lies below the given one.</summary>
    internal ApiServer(string parent)
    {
        _own = Directory.CreateDirectory(Path.Combine(parent, $"jamemr-api-{Path.GetRandomFileName()}")).FullName;
        _staff = new Staff(Nobody, () => Time.GetUtcNow(), () => PassAsync(TotpCode.Period));
    }

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
        Practice = await _staff.FoundAsync(await SetupCodeAsync(), "first");
        foreach (var role in Roles)
        {
            if (role is Role.Clinical or Role.FrontDesk) await _staff.HireAsync("first", Staff.LoginOf(role), role);
            _people[role] = await _staff.SignInAsync("first", Staff.LoginOf(role));
        }
    }

    /// <summary>Founds a further practice and gives its signed-in administrator and clinician.</summary>
    public async Task<(ApiClient Admin, ApiClient Clinician)> OtherPracticeAsync(string code)
    {
        await _staff.FoundAsync(await SetupCodeAsync(), code);
        await _staff.HireAsync(code, Staff.LoginOf(Role.Clinical), Role.Clinical);
        return (await SignInAsync(code, Staff.LoginOf(Role.Administrative)), await SignInAsync(code, Staff.LoginOf(Role.Clinical)));
    }

    /// <summary>Makes a further account whose person enrols.</summary>
    public Task<UserRecord> HireAsync(string login, params Role[] roles) => _staff.HireAsync("first", login, roles);

    /// <summary>Makes a further account of a practice whose person enrols.</summary>
    public Task<UserRecord> HireInAsync(string practice, string login, params Role[] roles) => _staff.HireAsync(practice, login, roles);

    /// <summary>What somebody's authenticator shows next; null for who has none.</summary>
    public Task<string?> CodeOfAsync(string practice, string login) => _staff.CodeOfAsync(practice, login);

    /// <summary>Moves the clock once everything published is on the ledger: work in flight would otherwise take the jump for a time-out.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await As(Role.SecurityOfficer).GetAsync<AuditPage>("/v1/audit/records?limit=1");
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

    public async Task<string?> SetupCodeAsync() => (await FirstStart.IssueFurtherCodeAsync(App.Services)).Code;

    /// <summary>A connection of somebody who just signed in, with the second factor where there is one.</summary>
    public Task<ApiClient> SignInAsync(string practice, string login) => _staff.SignInAsync(practice, login);

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
                // All load, and every failure, comes from one address: RequestLimitTests.
                options.RateLimits = RateLimitOptions.None;
                options.FreeFailuresPerAddress = 10_000;
                options.PublicHost = "localhost";
            },
            services =>
            {
                services.AddSingleton<TimeProvider>(Time);
                services.AddLogging(l => l.ClearProviders());
                // A call waits in the test's time, which may pass faster than the machine answers.
                services.PostConfigure<EngineOptions>(engine => engine.ResponseTimeout = TimeSpan.FromDays(1));
                _also?.Invoke(services);
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

    internal static RemoteCertificateValidationCallback TrustLoopbackOnly => (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
}
