using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Identity;

namespace JamEmr.Approvals;

/// <summary>Whose approvals an operation needs; none when it is not privileged. Pure. What reaches clinical data or makes administrators is
/// the Security Officer's; what touches an office needs both officers, so that neither can be made, unmade or impersonated by one person; the
/// agreement is the Privacy Officer's.</summary>
internal static class RequiredApprovals
{
    /// <summary>The Security Officer.</summary>
    public static readonly ImmutableArray<Role> Security = [Role.SecurityOfficer];

    /// <summary>The Privacy Officer.</summary>
    public static readonly ImmutableArray<Role> Privacy = [Role.PrivacyOfficer];

    /// <summary>Two people: one in each office.</summary>
    public static readonly ImmutableArray<Role> Both = [Role.SecurityOfficer, Role.PrivacyOfficer];

    // What the permissions to read patients, charts and notes need.
    private static readonly ImmutableArray<string> s_whole =
    [
        .. new[] { Permission.ReadPatient, Permission.ReadChart, Permission.ReadNote }
            .SelectMany(permission => ScopeMap.Needs[permission]).Select(need => need.Resource).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>A new account.</summary>
    public static ImmutableArray<Role> OfAccount(ImmutableArray<Role> roles) => OfHolding(roles);

    /// <summary>Other roles or another status for an account. Taking a role from, or closing, an account that holds no office is free: it
    /// must be quick.</summary>
    public static ImmutableArray<Role> OfChange(UserRecord account, ImmutableArray<Role> roles, bool disabled)
    {
        var same = account.Disabled == disabled && account.Roles.ToHashSet().SetEquals(roles);
        if (same) return [];
        if (account.Roles.Any(IsOffice)) return Both;
        var reopened = account.Disabled && !disabled;
        return OfHolding([.. roles.Where(role => reopened || !account.Roles.Contains(role))]);
    }

    /// <summary>A new enrolment; of an account that once held more than the front desk does, too: its name stands under what it did then.</summary>
    public static ImmutableArray<Role> OfReenrolment(UserRecord account) =>
        OfHolding(account.Roles) is { IsEmpty: false } needed ? needed : account.ReenrolsByApproval ? Security : [];

    /// <summary>The release of a token: both, where it reaches everything, however that is written, or reads who the patients are and all that
    /// their records tell of them.</summary>
    public static ImmutableArray<Role> OfToken(ImmutableArray<string> scopes)
    {
        var reach = new Dictionary<string, ScopeInteractions>(StringComparer.Ordinal);
        foreach (var text in scopes)
        {
            if (!SmartScope.TryParse(text, out var scope)) continue;
            if (scope.Resource is SmartScope.AnyResource) return Both;
            reach[scope.Resource] = reach.GetValueOrDefault(scope.Resource) | scope.Interactions;
        }

        // A search shows what it finds.
        var readsAll = s_whole.All(resource => (reach.GetValueOrDefault(resource) & (ScopeInteractions.Read | ScopeInteractions.Search)) != 0);
        return readsAll || ScopeMap.Resources.All(reach.ContainsKey) ? Both : Security;
    }

    /// <summary>Whether the role is an office.</summary>
    public static bool IsOffice(Role role) => role is Role.SecurityOfficer or Role.PrivacyOfficer;

    private static ImmutableArray<Role> OfHolding(ImmutableArray<Role> roles) =>
        roles.Any(IsOffice) ? Both : roles.Any(role => role is not Role.FrontDesk) ? Security : [];
}
