using System.Collections.Immutable;

namespace JamEmr.Access;

/// <summary>The policy of this build, for everyone who is judged by it. Stateless. Key <c>{practice}/policy</c>.</summary>
[Alias("jamemr.policy")]
public interface IPolicyGrain : IGrainWithStringKey
{
    /// <summary>The whole policy.</summary>
    [Requires(Permission.ReadPolicy), Alias("get")]
    Task<PolicyRecord> GetAsync();
}

/// <summary>Who may do what.</summary>
/// <param name="Hash">SHA-256 of <paramref name="Text"/>, lower-case hex; every audit record names the policy that decided by it.</param>
/// <param name="Text">The policy's one spelling.</param>
/// <param name="Permissions">What can be allowed, and to whom.</param>
/// <param name="Methods">What each grain method asks of its caller.</param>
/// <param name="Invariants">What is true of the policy whatever is changed in it: a server whose policy breaks one does not start.</param>
[GenerateSerializer, Immutable, Alias("jamemr.policy.record")]
public sealed record PolicyRecord(
    [property: Id(0)] string Hash,
    [property: Id(1)] string Text,
    [property: Id(2)] ImmutableArray<PermissionRule> Permissions,
    [property: Id(3)] ImmutableArray<MethodRule> Methods,
    [property: Id(4)] ImmutableArray<InvariantRule> Invariants);

/// <summary>A permission.</summary>
/// <param name="Meaning">What it lets one do.</param>
/// <param name="Roles">Who has it.</param>
/// <param name="Condition">What is needed besides the role; null when nothing is.</param>
/// <param name="ForPrograms">Whether a program with one of the roles can have it.</param>
/// <param name="Scopes">All the scopes a program needs for it.</param>
/// <param name="OfPatients">Whether it reaches patients' data and ends with the practice's agreement.</param>
[GenerateSerializer, Immutable, Alias("jamemr.policy.permission")]
public sealed record PermissionRule(
    [property: Id(0)] Permission Permission,
    [property: Id(1)] string Meaning,
    [property: Id(2)] ImmutableArray<Role> Roles,
    [property: Id(3)] string? Condition,
    [property: Id(4)] bool ForPrograms,
    [property: Id(5)] ImmutableArray<string> Scopes,
    [property: Id(6)] bool OfPatients);

/// <summary>A grain method.</summary>
/// <param name="Permission">What a caller needs; null where other grains alone may call.</param>
/// <param name="Reauthentication">Whether the caller must have proved their identity again within the last 5 minutes.</param>
/// <param name="Approved">Whether it executes what was approved, and nothing but approvals may call it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.policy.method")]
public sealed record MethodRule(
    [property: Id(0)] string Method,
    [property: Id(1)] Permission? Permission,
    [property: Id(2)] bool Reauthentication,
    [property: Id(3)] bool Approved);

/// <summary>Something that is true of the policy.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.policy.invariant")]
public sealed record InvariantRule([property: Id(0)] string Id, [property: Id(1)] string Sentence);
