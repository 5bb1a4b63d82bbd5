using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Tokens;

/// <summary>A registered API token: a program's way in. Key <c>{practice}/{token}</c>.</summary>
[Alias("jamemr.token")]
public interface IApiTokenGrain : IGrainWithStringKey
{
    /// <summary>Registers the token and gives its secret, once; repeating the request gives <see cref="Errors.ErrorCode.Conflict"/>,
    /// since the secret cannot be shown again.</summary>
    [Requires(Permission.ManageTokens), Alias("register")]
    Task<RegisteredToken> RegisterAsync(RegisterToken command);

    /// <summary>The token's record; no secret.</summary>
    [Requires(Permission.ManageTokens), Alias("get")]
    Task<TokenRecord> GetAsync();

    /// <summary>Revokes it: no request that begins after this call returned is accepted.</summary>
    [Requires(Permission.ManageTokens), Alias("revoke")]
    Task<TokenRecord> RevokeAsync();

    /// <summary>Who presents this secret. Unregistered, revoked and expired tokens are refused with
    /// <see cref="Errors.ErrorCode.Unauthenticated"/> and leave a record without the secret.</summary>
    [Requires(Permission.Authenticate), Alias("authenticate")]
    Task<Caller> AuthenticateAsync(string secret);

    /// <summary>Whether requests of this token that are under way must get no further: it was revoked.</summary>
    [Internal, AlwaysInterleave, Alias("is-cut-off")]
    Task<bool> IsCutOffAsync();

    /// <summary>The record for the registry's list; null when never registered. The registry does its own check and leaves its own audit
    /// record.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<TokenRecord?> PeekAsync();
}

/// <summary>Registers a token.</summary>
/// <param name="Purpose">Why it exists, 3–200 characters.</param>
/// <param name="Role">The role it acts in; its rights are that role's, narrowed by the scopes.</param>
/// <param name="Scopes">SMART v2 system scopes, such as <c>system/Patient.rs</c>.</param>
/// <param name="ExpiresInDays">1 to 90.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.register")]
public sealed record RegisterToken(
    [property: Id(0)] string Purpose,
    [property: Id(1)] Role Role,
    [property: Id(2)] ImmutableArray<string> Scopes,
    [property: Id(3)] int ExpiresInDays = 90);

/// <summary>A token just registered.</summary>
/// <param name="Secret">What to present as bearer; shown once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.registered")]
public sealed record RegisteredToken([property: Id(0)] string Secret, [property: Id(1)] TokenRecord Token)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(RegisteredToken);
}

/// <summary>A token's record.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.token.record")]
public sealed record TokenRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Purpose,
    [property: Id(2)] Role Role,
    [property: Id(3)] ImmutableArray<string> Scopes,
    [property: Id(4)] Guid Owner,
    [property: Id(5)] DateTimeOffset CreatedAt,
    [property: Id(6)] DateTimeOffset ExpiresAt,
    [property: Id(7)] DateTimeOffset? RevokedAt,
    [property: Id(8)] DateTimeOffset? LastUsedAt);

/// <summary>A practice's tokens, newest first. Key <c>{practice}/tokens</c>.</summary>
[Alias("jamemr.token-registry")]
public interface ITokenRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds a token; repeating changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid token);

    /// <summary>Tokens, newest first.</summary>
    [Requires(Permission.ManageTokens), Alias("list")]
    Task<Page<TokenRecord>> ListAsync(PageRequest page);
}
