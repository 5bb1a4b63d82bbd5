using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>A founded practice, and people of it.</summary>
public sealed class TestPractice(GrainHost host, Guid id, string code)
{
    /// <summary>The password of every account that tests make.</summary>
    public const string Password = "correct horse battery staple";

    private static int _numbers;
    private FrozenDictionary<Role, Guid>? _officers;

    /// <summary>What runs it.</summary>
    public GrainHost Host => host;

    /// <summary>What its people have on their phones, by login.</summary>
    public ConcurrentDictionary<string, Authenticator> Authenticators { get; } = new(StringComparer.Ordinal);

    /// <summary>The code with which the first administrator enrols.</summary>
    public string? AdministratorCode { get; init; }

    /// <summary>The practice.</summary>
    public Guid Id => id;

    /// <summary>Its code at sign-in.</summary>
    public string Code => code;

    /// <summary>Somebody of the practice with these roles, under a new user id and correlation id; no account is made.</summary>
    public Actor As(params ReadOnlySpan<Role> roles) => As(NewId(), roles);

    /// <summary>A known person of the practice with these roles, under a new correlation id.</summary>
    public Actor As(Guid user, params ReadOnlySpan<Role> roles) => new(host, CallerOf(id, user, roles));

    /// <summary>A program of the practice.</summary>
    public Actor AsToken(Role role, params ReadOnlySpan<string> scopes) => new(
        host, new Caller(ActorKind.Token, NewId(), id, [role], [.. scopes], null, null, "192.0.2.9", NewCorrelation()));

    /// <summary>Has a privileged operation done: an administrator asks, the officers approve.</summary>
    public async Task ApproveAsync(Guid approval, PrivilegedRequest request)
    {
        var asked = await As(Role.Administrative).Reauthenticated().CallAsync(approval, (IApprovalGrain g) => g.RequestAsync(request));
        var last = asked;
        foreach (var office in asked.Required)
        {
            var officer = await OfficerAsync(office);
            last = await officer.CallAsync(approval, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        }

        Assert.Equal(ApprovalStatus.Executed, last.Status);
    }

    /// <summary>The officer that the practice was founded with, just re-authenticated; their account is real.</summary>
    public async Task<Actor> OfficerAsync(Role office)
    {
        _officers ??= (await As(Role.Administrative).CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 200))))
            .Items.Where(user => user.Login == LoginOf(user.Roles[0])).ToFrozenDictionary(user => user.Roles[0], user => user.Id);
        return As(_officers[office], office).Reauthenticated();
    }

    /// <summary>The login of an officer that the practice was founded with.</summary>
    public static string LoginOf(Role office) => office.ToString().ToLowerInvariant();

    /// <summary>A new id.</summary>
    public Guid NewId() => Guid.CreateVersion7(host.Time.GetUtcNow());

    internal static Caller CallerOf(Guid practice, Guid user, params ReadOnlySpan<Role> roles) =>
        new(ActorKind.User, user, practice, [.. roles], [], user, null, "192.0.2.8", NewCorrelation());

    internal static string NewCode() => string.Create(CultureInfo.InvariantCulture, $"practice-{Interlocked.Increment(ref _numbers)}");

    internal static string NewCorrelation() => string.Create(CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref _numbers)}");
}
