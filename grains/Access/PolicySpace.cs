using System.Collections.Immutable;

namespace JamEmr.Access;

/// <summary>One case of all there are: who somebody is, what they are to the thing they ask for, and what they may then do.</summary>
/// <param name="Kind">Nobody, person, program, host.</param>
/// <param name="Roles">Roles and designations, bit by number; those that no account can have included.</param>
/// <param name="Scope">For programs: their one scope; null for none, and for people.</param>
/// <param name="Relation">What they are to the thing asked for.</param>
/// <param name="Given">What role and scope give, before relations, bit by number of the permission.</param>
/// <param name="Permitted">What they may do.</param>
internal readonly record struct PolicyCase(ActorKind Kind, uint Roles, SmartScope? Scope, Relation Relation, ulong Given, ulong Permitted)
{
    /// <summary>Whether they may do any of these.</summary>
    public bool Can(params ReadOnlySpan<Permission> permissions) => (Permitted & PolicySpace.Bits(permissions)) != 0;

    /// <summary>Whether they may do any of this set.</summary>
    public bool Can(ulong permissions) => (Permitted & permissions) != 0;

    /// <summary>Whether they may do nothing but this set.</summary>
    public bool CanOnly(ulong permissions) => (Permitted & ~permissions) == 0;

    /// <summary>Whether they have any of these roles.</summary>
    public bool Is(params ReadOnlySpan<Role> roles) => (Roles & PolicySpace.Bits(roles)) != 0;

    /// <summary>Whether they have a role, and none but these.</summary>
    public bool IsOnly(params ReadOnlySpan<Role> roles) => Roles != 0 && (Roles & ~PolicySpace.Bits(roles)) == 0;

    /// <summary>Whether they are any of this to the thing asked for.</summary>
    public bool Has(Relation relation) => (Relation & relation) != Relation.None;

    /// <summary>For people to read: a counterexample.</summary>
    public override string ToString() => string.Join(
        ' ',
        Kind,
        $"[{PolicySpace.Names<Role>(Roles)}]",
        Scope?.ToString() ?? "no scope",
        $"as [{Relation}] may [{PolicySpace.Names<Permission>(Permitted)}]");
}

/// <summary>
/// Everything the policy can be asked, enumerated: every set of roles and designations of a person, a program of every role with no scope, one
/// scope of each resource and the widest, nobody and the host; each as everything one can be to a thing. And every grain method. A person who claims
/// a role of the system besides is a case of its own only where the claim is worth something.
/// </summary>
internal sealed class PolicySpace
{
    private const int RelationSets = 1 << 7;
    private static readonly Role[] OfTheSystem = [Role.Anonymous, Role.Host];

    /// <summary>The space of a table.</summary>
    public PolicySpace(PolicyTable policy)
    {
        Policy = policy;
        var sufficing = Enumerable.Range(0, RelationSets).Select(set => SetOf(permission => policy.Suffices(permission, (Relation)set))).ToArray();
        Cases = [.. Callers().SelectMany(who => CasesOf(who.Caller, who.Scope, sufficing))];
    }

    /// <summary>The table.</summary>
    public PolicyTable Policy { get; }

    /// <summary>Every case.</summary>
    public ImmutableArray<PolicyCase> Cases { get; }

    /// <summary>A set of permissions.</summary>
    public static ulong Bits(params ReadOnlySpan<Permission> permissions)
    {
        var bits = 0ul;
        foreach (var permission in permissions) bits |= 1ul << (int)permission;
        return bits;
    }

    /// <summary>A set of roles.</summary>
    public static uint Bits(params ReadOnlySpan<Role> roles)
    {
        var bits = 0u;
        foreach (var role in roles) bits |= 1u << (int)role;
        return bits;
    }

    /// <summary>The names of a set.</summary>
    public static string Names<T>(ulong bits)
        where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Where((_, number) => (bits & (1ul << number)) != 0));

    private static IEnumerable<(Caller Caller, SmartScope? Scope)> Callers()
    {
        var roles = Enum.GetValues<Role>();
        yield return (Caller.Anonymous("", ""), null);
        yield return (Caller.Host(""), null);
        for (var set = 0; set < 1 << roles.Length; set++)
            yield return (Of(ActorKind.User, [.. roles.Where((_, i) => (set & (1 << i)) != 0)], null), null);
        const ScopeInteractions All = (ScopeInteractions)31;
        SmartScope?[] scopes = [null, .. ScopeMap.Resources.Append(SmartScope.AnyResource).Select(resource => (SmartScope?)new SmartScope(resource, All))];
        foreach (var role in roles)
        {
            foreach (var scope in scopes) yield return (Of(ActorKind.Token, [role], scope), scope);
        }
    }

    private static Caller Of(ActorKind kind, ImmutableArray<Role> roles, SmartScope? scope) => new(
        kind, Guid.Empty, Guid.Empty, roles, scope is { } one ? [one.ToString()] : [], null, null, "", "");

    private static ulong SetOf(Func<Permission, bool> isIn) => Bits([.. Enum.GetValues<Permission>().Where(isIn)]);

    // A role of the system that a person claims is worth nothing: then the case without the claim is the same, and is there.
    private bool IsCovered(Caller caller, ulong given) =>
        caller.Kind is ActorKind.User && caller.Roles.Any(OfTheSystem.Contains)
        && given == SetOf(permission => Policy.Allows(caller with { Roles = caller.Roles.RemoveAll(OfTheSystem.Contains) }, permission));

    private IEnumerable<PolicyCase> CasesOf(Caller caller, SmartScope? scope, ulong[] sufficing)
    {
        var given = SetOf(permission => Policy.Allows(caller, permission));
        if (IsCovered(caller, given)) yield break;
        var roles = Bits(caller.Roles.AsSpan());
        for (var set = 0; set < RelationSets; set++)
            yield return new PolicyCase(caller.Kind, roles, scope, (Relation)set, given, given & sufficing[set]);
    }
}
