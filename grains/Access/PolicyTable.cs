using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using static JamEmr.Access.Permission;

namespace JamEmr.Access;

/// <summary>
/// Who may do what: roles and their permissions, refused by default. A program has its role's permissions as far as its scopes reach.
/// Decisions are pure and take well under a microsecond.
/// </summary>
public sealed class PolicyTable
{
    private static readonly Permission[] EverySignedIn =
        [UseOwnSession, ManageOwnAccount, ClaimIdempotencyKey, ReadPractice, ReadPolicy, ReportIncident];

    private static readonly FrozenDictionary<Role, Permission[]> Grants = new Dictionary<Role, Permission[]>
    {
        [Role.Anonymous] = [Authenticate],
        [Role.Host] = [IssueSetupCode, RunService],
        [Role.Clinical] =
        [
            .. EverySignedIn,
            ReadPatient, SearchPatients, WritePatient, ReadChart, WriteChart, ReadSchedule, WriteSchedule,
            ReadEncounter, ConductEncounter, ReadTranscript, DraftNote, ReadNote, EditNote, SignNote, AddendNote, ReadProvenance,
            RecordDisclosure, ReadProviders, BreakGlass,
        ],
        [Role.FrontDesk] =
            [.. EverySignedIn, ReadPatient, SearchPatients, WritePatient, ReadSchedule, WriteSchedule, RecordDisclosure, ReadProviders],
        [Role.Administrative] =
        [
            .. EverySignedIn,
            ManagePractice, ReadUsers, ManageUsers, ManageTokens, RevokeTokens, EndSessions, ReadInventory,
            RequestApproval, ReadApprovals, OverrideApproval, ReadNotices,
        ],
        [Role.SecurityOfficer] =
        [
            .. EverySignedIn,
            ReadAudit, ReadIncidents, ManageIncidents, ReadProvenance, ReadUsers, RevokeTokens, EndSessions, ReadInventory,
            ReadApprovals, DecideApproval, ReadBreakGlass, ReadNotices,
        ],
        [Role.PrivacyOfficer] =
        [
            .. EverySignedIn,
            ReadAudit, ReadIncidents, ReadProvenance, RecordDisclosure, AccountForDisclosures, ReadInventory,
            ReadApprovals, DecideApproval, RestrictCharts, ReadBreakGlass, ReviewBreakGlass, ReadNotices,
        ],
    }.ToFrozenDictionary();

    /// <summary>What an account may be; the others are established by the system alone.</summary>
    public static readonly ImmutableArray<Role> AccountRoles =
        [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer];

    /// <summary>What a program may act as: no designation, since an officer answers in person.</summary>
    public static readonly ImmutableArray<Role> TokenRoles = [Role.Clinical, Role.FrontDesk, Role.Administrative];

    /// <summary>What reaches patients' data, which a practice without an agreement in force may not. Audit and the accounting of disclosures
    /// stay open: they are owed whatever ends (45 CFR 164.504(e)(2)(ii)).</summary>
    private static readonly ulong OfPatients = Bits(
        ReadPatient, SearchPatients, WritePatient, ReadChart, WriteChart, ReadSchedule, WriteSchedule, ReadEncounter, ConductEncounter,
        ReadTranscript, DraftNote, ReadNote, EditNote, SignNote, AddendNote, ReadProvenance, Permission.BreakGlass);

    private readonly ulong[] _byRole = new ulong[Enum.GetValues<Role>().Length];
    private readonly ulong _accountRoles;
    private readonly ulong _tokenRoles;

    /// <summary>The table of this build.</summary>
    public PolicyTable()
    {
        foreach (var (role, permissions) in Grants)
        {
            foreach (var permission in permissions) _byRole[(int)role] |= Bit(permission);
        }

        foreach (var role in AccountRoles) _accountRoles |= 1ul << (int)role;
        foreach (var role in TokenRoles) _tokenRoles |= 1ul << (int)role;
        Canonical = WriteCanonical();
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical)));
    }

    /// <summary>The whole table as text, one line per role, per scope rule and per relation rule, in a fixed order.</summary>
    public string Canonical { get; }

    /// <summary>SHA-256 of <see cref="Canonical"/>, hex; every audit record names the policy that decided by it.</summary>
    public string Hash { get; }

    /// <summary>A role's permissions, in order of their numbers.</summary>
    public static ImmutableArray<Permission> PermissionsOf(Role role) => [.. Grants[role].Order()];

    /// <summary>Whether the permission reaches patients' data.</summary>
    public static bool IsOfPatients(Permission permission) => (OfPatients & Bit(permission)) != 0;

    /// <summary>Whether what the caller is to the thing asked for is enough for the permission, which the role must give besides.</summary>
    public static bool Holds(Permission permission, Relation relation) =>
        Enum.IsDefined(permission) && (!RelationMap.Rules.TryGetValue(permission, out var rule) || rule.Holds(relation));

    /// <summary>Whether the caller has the permission. What only a grain knows (whose session, whose encounter, which state) is the grain's.</summary>
    public bool Allows(Caller caller, Permission permission)
    {
        var bit = Bit(permission);
        return caller.Kind switch
        {
            ActorKind.Anonymous => (_byRole[(int)Role.Anonymous] & bit) != 0,
            ActorKind.System => caller.Roles is [Role.Host] && (_byRole[(int)Role.Host] & bit) != 0,
            ActorKind.User => caller.Practice is not null && (RightsOf(caller.Roles, _accountRoles) & bit) != 0,
            ActorKind.Token => caller.Practice is not null
                && (RightsOf(caller.Roles, _tokenRoles) & bit) != 0
                && Reaches(caller.Scopes, permission),
            _ => false,
        };
    }

    private static ulong Bit(Permission permission) => (uint)permission < 64 ? 1ul << (int)permission : 0;

    private static ulong Bits(params ReadOnlySpan<Permission> permissions)
    {
        var bits = 0ul;
        foreach (var permission in permissions) bits |= Bit(permission);
        return bits;
    }

    private static bool Reaches(ImmutableArray<string> scopes, Permission permission)
    {
        if (!ScopeMap.Needs.TryGetValue(permission, out var needs)) return false;
        foreach (var need in needs)
        {
            var given = ScopeInteractions.None;
            foreach (var text in scopes)
            {
                if (SmartScope.TryParse(text, out var scope) && scope.Resource is var resource
                    && (string.Equals(resource, need.Resource, StringComparison.Ordinal) || resource is SmartScope.AnyResource))
                {
                    given |= scope.Interactions;
                }
            }

            if ((given & need.Interactions) != need.Interactions) return false;
        }

        return true;
    }

    private static string WriteCanonical()
    {
        var text = new StringBuilder("jamemr policy 2\n");
        foreach (var role in Grants.Keys.Order())
            text.Append("role ").Append(role).Append(": ").AppendJoin(' ', PermissionsOf(role)).Append('\n');
        foreach (var permission in ScopeMap.Needs.Keys.Order())
            text.Append("scope ").Append(permission).Append(": ").AppendJoin(' ', ScopeMap.Needs[permission]).Append('\n');
        foreach (var permission in RelationMap.Rules.Keys.Order())
            text.Append("relation ").Append(permission).Append(": ").Append(RelationMap.Rules[permission]).Append('\n');
        text.Append("account roles: ").AppendJoin(' ', AccountRoles).Append('\n');
        text.Append("token roles: ").AppendJoin(' ', TokenRoles).Append('\n');
        return text.ToString();
    }

    private ulong RightsOf(ImmutableArray<Role> roles, ulong possible)
    {
        var rights = 0ul;
        foreach (var role in roles)
        {
            if ((uint)role < (uint)_byRole.Length && (possible & (1ul << (int)role)) != 0) rights |= _byRole[(int)role];
        }

        return rights;
    }
}
