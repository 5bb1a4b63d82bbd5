using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>Gives an account these roles and this status, in place of those it has.</summary>
/// <param name="Roles">All of them, as they are to be.</param>
/// <param name="Disabled">Whether the account is closed.</param>
[GenerateSerializer, Immutable, Alias("jamemr.user.change-access")]
public sealed record ChangeAccess(
    [property: Id(0)] Guid User,
    [property: Id(1)] ImmutableArray<Role> Roles,
    [property: Id(2)] bool Disabled);

/// <summary>Takes away an account's password and second factor and ends its sessions, so that its owner can enrol anew with a code.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.reenrol")]
public sealed record Reenrol([property: Id(0)] Guid User);
