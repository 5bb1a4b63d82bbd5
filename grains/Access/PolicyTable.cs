using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Access;

/// <summary>
/// Who may do what: roles and their permissions, refused by default, and what a permission needs beyond the role. A program has its role's
/// permissions as far as its scopes reach. Decisions are pure and take well under a microsecond.
/// </summary>
public sealed class PolicyTable
{
    /// <summary>What an account may be; the others are established by the system alone.</summary>
    public static readonly ImmutableArray<Role> AccountRoles = PolicyRules.Current.AccountRoles;

    /// <summary>What a program may act as: no designation, since an officer answers in person.</summary>
    public static readonly ImmutableArray<Role> TokenRoles = PolicyRules.Current.TokenRoles;

    private static readonly PolicyTable Build = new(PolicyRules.Current);

    private readonly ulong[] _byRole = new ulong[Enum.GetValues<Role>().Length];
    private readonly RelationRule[] _relations = new RelationRule[Enum.GetValues<Permission>().Length];
    private readonly ulong _accountRoles;
    private readonly ulong _tokenRoles;
    private readonly ulong _ofPatients;

    /// <summary>The table of this build.</summary>
    public PolicyTable()
        : this(PolicyRules.Current)
    {
    }

    /// <summary>The table of given rules.</summary>
    internal PolicyTable(PolicyRules rules)
    {
        Rules = rules;
        foreach (var (role, permissions) in rules.Grants) _byRole[(int)role] = Bits(permissions);
        foreach (var (permission, rule) in rules.Relations) _relations[(int)permission] = rule;
        foreach (var role in rules.AccountRoles) _accountRoles |= 1ul << (int)role;
        foreach (var role in rules.TokenRoles) _tokenRoles |= 1ul << (int)role;
        _ofPatients = Bits(rules.OfPatients);
        Canonical = PolicyText.Write(rules);
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical)));
    }

    /// <summary>The whole table as text, in a fixed order: a line per role, per scope rule, per relation rule, per grain method.</summary>
    public string Canonical { get; }

    /// <summary>SHA-256 of <see cref="Canonical"/>, hex; every audit record names the policy that decided by it.</summary>
    public string Hash { get; }

    /// <summary>What the table judges by.</summary>
    internal PolicyRules Rules { get; }

    /// <summary>A role's permissions, in order of their numbers.</summary>
    public static ImmutableArray<Permission> PermissionsOf(Role role) => [.. PolicyRules.Current.Grants[role].Order()];

    /// <summary>Whether the permission reaches patients' data.</summary>
    public static bool IsOfPatients(Permission permission) => Build.Closes(permission);

    /// <summary>Whether what the caller is to the thing asked for is enough for the permission, which the role must give besides.</summary>
    public static bool Holds(Permission permission, Relation relation) => Build.Suffices(permission, relation);

    /// <summary>Whether the caller has the permission. What only a grain knows (whose session, whose encounter, which state) is the grain's,
    /// which asks <see cref="Holds"/>.</summary>
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

    /// <summary>As <see cref="Holds"/>, of these rules.</summary>
    internal bool Suffices(Permission permission, Relation relation) =>
        (uint)permission < (uint)_relations.Length && _relations[(int)permission].Holds(relation);

    /// <summary>As <see cref="IsOfPatients"/>, of these rules.</summary>
    internal bool Closes(Permission permission) => (_ofPatients & Bit(permission)) != 0;

    private static ulong Bit(Permission permission) => (uint)permission < 64 ? 1ul << (int)permission : 0;

    private static ulong Bits(ImmutableArray<Permission> permissions)
    {
        var bits = 0ul;
        foreach (var permission in permissions) bits |= Bit(permission);
        return bits;
    }

    private bool Reaches(ImmutableArray<string> scopes, Permission permission)
    {
        if (!Rules.Scopes.TryGetValue(permission, out var needs)) return false;
        if (needs.IsEmpty) return true;
        Span<ScopeInteractions> given = stackalloc ScopeInteractions[needs.Length];
        foreach (var text in scopes)
        {
            for (var i = 0; i < needs.Length; i++)
            {
                // Most scopes are of other resources: those are not read to their end.
                if (SmartScope.MayOpen(text, needs[i].Resource) && SmartScope.TryParse(text, out var scope)) given[i] |= scope.Interactions;
            }
        }

        for (var i = 0; i < needs.Length; i++)
        {
            if ((given[i] & needs[i].Interactions) != needs[i].Interactions) return false;
        }

        return true;
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
