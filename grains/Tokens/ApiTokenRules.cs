using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Tokens;

/// <summary>Rules of API tokens. Pure.</summary>
internal static class ApiTokenRules
{
    /// <summary>How far the stored last use may be behind.</summary>
    public static readonly TimeSpan LastUsedLag = TimeSpan.FromMinutes(10);

    private const int MaxScopes = 50;

    /// <summary>A registration in normal form.</summary>
    public static RegisterToken Normalise(RegisterToken command)
    {
        var purpose = Check.Text(command.Purpose, "/purpose", 3, 200);
        if (!PolicyTable.TokenRoles.Contains(command.Role))
            throw Check.Invalid("/role", "A token acts as clinical, frontDesk or administrative; an officer acts in person.");
        if (command.Scopes.IsDefaultOrEmpty) throw Check.Invalid("/scopes", "A token needs at least one scope, such as system/Patient.rs.");
        if (command.Scopes.Length > MaxScopes) throw Check.Invalid("/scopes", "A token has at most 50 scopes.");
        var scopes = command.Scopes.Select((text, i) => ParseScope(text, string.Create(CultureInfo.InvariantCulture, $"/scopes/{i}")));
        return new RegisterToken(
            purpose,
            command.Role,
            [.. scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Check.Range(command.ExpiresInDays, "/expiresInDays", 1, 90));
    }

    /// <summary>Why a token opens nothing, as a code; null while it is good.</summary>
    public static string? EndOf(TokenRecord token, DateTimeOffset now) =>
        token.RevokedAt is not null ? "revoked" : now >= token.ExpiresAt ? "expired" : null;

    /// <summary>What callers learn where no token is.</summary>
    public static DomainException NotFound() => new(ErrorCode.NotFound, "There is no such token.");

    // A scope on every resource is a wide one, which somebody else must approve; until approvals exist nobody can.
    private static string ParseScope(string? text, string pointer)
    {
        var scope = SmartScope.Parse(text, pointer);
        return scope.Resource is SmartScope.AnyResource
            ? throw Check.Invalid(pointer, "A scope on every resource cannot be registered. Name the resources, such as system/Patient.rs.")
            : scope.ToString();
    }
}
