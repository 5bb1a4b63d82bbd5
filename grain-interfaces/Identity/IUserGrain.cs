using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>A person's account. Key <c>{practice}/{user}</c>.</summary>
[Alias("jamemr.user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Creates the account; repeating the same request gives the same answer.</summary>
    [Requires(Permission.ManageUsers), Alias("create")]
    Task<UserRecord> CreateAsync(CreateUser command);

    /// <summary>Creates the first administrator of a new practice.</summary>
    [Internal, Alias("create-first")]
    Task<UserRecord> CreateFirstAsync(CreateUser command);

    /// <summary>The account.</summary>
    [Requires(Permission.ReadUsers), Alias("get")]
    Task<UserRecord> GetAsync();

    /// <summary>Changes roles, name, zone or status. Changed roles or a disabled account end every session of the person before the
    /// answer.</summary>
    [Requires(Permission.ManageUsers), Alias("update")]
    Task<UserRecord> UpdateAsync(UpdateUser command, int expectedVersion);

    /// <summary>Checks a password; null when wrong or the account is disabled. Same time either way.</summary>
    [Internal, Alias("verify")]
    Task<UserIdentity?> VerifyPasswordAsync(string password);

    /// <summary>Remembers an open session, so that it can be ended with the account.</summary>
    [Internal, Alias("session-opened")]
    Task SessionOpenedAsync(Guid session);

    /// <summary>Forgets an ended session.</summary>
    [Internal, Alias("session-ended")]
    Task SessionEndedAsync(Guid session);

    /// <summary>What scheduling needs to know of a provider; null when there is none such.</summary>
    [Internal, ReadOnly, Alias("provider")]
    Task<ProviderFacts?> ProviderAsync();
}

/// <summary>An account as administrators see it. No secrets.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.record")]
public sealed record UserRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Login,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] string? TimeZone,
    [property: Id(5)] bool Disabled,
    [property: Id(6)] DateTimeOffset CreatedAt,
    [property: Id(7)] int Version);

/// <summary>Creates an account.</summary>
/// <param name="Login">3–64 of a–z, 0–9, '.', '_' and '-'; unique in the practice.</param>
/// <param name="Password">12–128 characters.</param>
/// <param name="TimeZone">IANA zone where it differs from the practice's.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.create")]
public sealed record CreateUser(
    [property: Id(0)] string Login,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] string Password,
    [property: Id(3)] ImmutableArray<Role> Roles,
    [property: Id(4)] string? TimeZone = null)
{
    /// <summary>Never prints the password.</summary>
    public override string ToString() => $"{nameof(CreateUser)} {{ Roles = {string.Join(',', Roles)} }}";
}

/// <summary>Changes an account.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.update")]
public sealed record UpdateUser(
    [property: Id(0)] string DisplayName,
    [property: Id(1)] ImmutableArray<Role> Roles,
    [property: Id(2)] string? TimeZone,
    [property: Id(3)] bool Disabled);

/// <summary>Who a verified person is.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.identity")]
public sealed record UserIdentity([property: Id(0)] Guid Id, [property: Id(1)] ImmutableArray<Role> Roles);

/// <summary>What scheduling needs to know of a provider.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.provider")]
public sealed record ProviderFacts([property: Id(0)] string DisplayName, [property: Id(1)] string? TimeZone);

/// <summary>A practice's accounts by login. Key <c>{practice}/users</c>.</summary>
[Alias("jamemr.user-registry")]
public interface IUserRegistryGrain : IGrainWithStringKey
{
    /// <summary>Takes a login for an account; false when another account has it.</summary>
    [Internal, Alias("claim")]
    Task<bool> ClaimAsync(string login, Guid user);

    /// <summary>The account with that login, or null.</summary>
    [Internal, ReadOnly, Alias("find")]
    Task<Guid?> FindAsync(string login);

    /// <summary>Accounts, by login.</summary>
    [Requires(Permission.ReadUsers), Alias("list")]
    Task<Page<UserRecord>> ListAsync(PageRequest page);
}
