using System.Runtime.InteropServices;

namespace JamEmr.Access;

/// <summary>What a caller is to the thing they ask for. Only the grain that owns the thing knows; <see cref="PolicyTable.Holds"/> judges.</summary>
[Flags]
public enum Relation
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It is the caller's own: their session, their account, an emergency access they began.</summary>
    Own = 1,

    /// <summary>The caller, in person, is the clinician responsible for the encounter.</summary>
    Responsible = 2,

    /// <summary>The caller is on the care team of a restricted chart.</summary>
    CareTeam = 4,

    /// <summary>The chart is not restricted.</summary>
    Unrestricted = 8,

    /// <summary>The caller has an emergency access in force to this patient.</summary>
    BreakGlass = 16,

    /// <summary>The caller asks, or asked, for the privileged operation.</summary>
    Requester = 32,

    /// <summary>The privileged operation changes what the caller's own account may do.</summary>
    Subject = 64,
}

/// <summary>What a permission needs beyond the role: every relation of <paramref name="All"/>, one of <paramref name="Any"/> where it names
/// any, and none of <paramref name="Never"/>.</summary>
/// <param name="All">What the caller must be, all of it.</param>
/// <param name="Any">What the caller must be one of; nothing asked when empty.</param>
/// <param name="Never">What the caller must not be.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RelationRule(Relation All = Relation.None, Relation Any = Relation.None, Relation Never = Relation.None)
{
    /// <summary>Whether what the caller is satisfies the rule.</summary>
    public bool Holds(Relation relation) =>
        (relation & All) == All && (Any == Relation.None || (relation & Any) != Relation.None) && (relation & Never) == Relation.None;

    /// <summary>The rule's one spelling in the policy's text.</summary>
    public override string ToString() => $"all [{Names(All)}] any [{Names(Any)}] never [{Names(Never)}]";

    private static string Names(Relation relations) =>
        string.Join(' ', Enum.GetValues<Relation>().Where(relation => relation != Relation.None && relations.HasFlag(relation)));
}
