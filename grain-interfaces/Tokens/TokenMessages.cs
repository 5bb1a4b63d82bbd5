using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Access;

namespace JamEmr.Tokens;

/// <summary>Registers a token.</summary>
/// <param name="Purpose">Why it exists, 3–200 characters.</param>
/// <param name="Role">The role it acts in; its rights are that role's, narrowed by the scopes.</param>
/// <param name="Scopes">SMART v2 system scopes, such as <c>system/Patient.rs</c>.</param>
/// <param name="ExpiresInDays">1 to 365; beyond 90 it needs approval. A child ends with its parent at the latest.</param>
/// <param name="Networks">Where it may be used from, in CIDR form such as <c>192.0.2.0/24</c> or <c>2001:db8::/32</c>; at most 20, none for anywhere.</param>
/// <param name="Parent">The token it is a child of: its role, scopes and networks are within the parent's, and it ends with it.</param>
/// <param name="Sandbox">For trying things out on made-up patients: the only kind of token where no business associate agreement was executed
/// yet, and over as soon as one is in force.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.register")]
public sealed record RegisterToken(
    [property: Id(0)] string Purpose,
    [property: Id(1)] Role Role,
    [property: Id(2)] ImmutableArray<string> Scopes,
    [property: Id(3)] int ExpiresInDays = 90,
    [property: Id(4)] ImmutableArray<string>? Networks = null,
    [property: Id(5)] Guid? Parent = null,
    [property: Id(6)] bool Sandbox = false);

/// <summary>Gives a token a later end.</summary>
/// <param name="ExpiresInDays">1 to 90, from now.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.renew")]
public sealed record RenewToken([property: Id(0)] int ExpiresInDays = 90);

/// <summary>Gives a token a new secret.</summary>
/// <param name="OverlapHours">How long the secret before still opens: 0 to 72. None where it may have leaked.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.rotate")]
public sealed record RotateToken([property: Id(0)] int OverlapHours = 0)
{
    /// <summary>Names this rotation: who repeats it under the same name, because the answer was lost, gets another secret in the place of the one
    /// that nobody has, and the secret before goes on as it was let. Empty: every rotation is a new one.</summary>
    [Id(1), JsonIgnore]
    public Guid Rotation { get; init; }
}

/// <summary>Gives a token another owner.</summary>
/// <param name="Owner">An enabled account of the practice: who answers for the token from now on.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.transfer")]
public sealed record TransferToken([property: Id(0)] Guid Owner);

/// <summary>A token just registered, or just given a new secret.</summary>
/// <param name="Secret">What to present as bearer; shown once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.registered")]
public sealed record RegisteredToken([property: Id(0)] string Secret, [property: Id(1)] TokenRecord Token)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(RegisteredToken);
}

/// <summary>What a token opens at a moment.</summary>
public enum TokenStatus
{
    /// <summary>Nothing yet: it reaches far or lasts long, and waits for approval.</summary>
    PendingApproval = 0,

    /// <summary>What its role and scopes allow.</summary>
    Active = 1,

    /// <summary>Nothing any more: it, or its parent, was revoked.</summary>
    Revoked = 2,

    /// <summary>Nothing any more: its time, or its parent's, is over; for a sandbox token, an agreement is in force.</summary>
    Expired = 3,
}

/// <summary>A token's record.</summary>
/// <param name="LastUsedAt">Last accepted use.</param>
/// <param name="Networks">Where it may be used from; empty for anywhere.</param>
/// <param name="Status">At the moment of the answer.</param>
/// <param name="LastUsedAddress">Where the last accepted use came from.</param>
/// <param name="RequestedExpiresAt">The later end that was asked for and waits for approval; until then the old one holds.</param>
/// <param name="AwaitsApprovalOf">What an approval must name, see <see cref="ApproveToken.ContentHash"/>; null when nothing waits.</param>
/// <param name="ApprovedBy">The approval it was last released under.</param>
/// <param name="OwnerDisabled">Its owner's account is disabled or gone: it opens nothing until an administrator gives it another owner.</param>
/// <param name="Sandbox">Works only until an agreement is in force.</param>
/// <param name="RegisteredBy">The administrator who registered it, whoever owns it now.</param>
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
    [property: Id(8)] DateTimeOffset? LastUsedAt,
    [property: Id(9)] ImmutableArray<string> Networks,
    [property: Id(10)] Guid? Parent = null,
    [property: Id(11)] TokenStatus Status = TokenStatus.PendingApproval,
    [property: Id(12)] string? LastUsedAddress = null,
    [property: Id(13)] DateTimeOffset? RenewedAt = null,
    [property: Id(14)] DateTimeOffset? RotatedAt = null,
    [property: Id(15)] DateTimeOffset? RequestedExpiresAt = null,
    [property: Id(16)] string? AwaitsApprovalOf = null,
    [property: Id(17)] Guid? ApprovedBy = null,
    [property: Id(18)] bool OwnerDisabled = false,
    [property: Id(19)] bool Sandbox = false,
    [property: Id(20)] Guid? RegisteredBy = null);
