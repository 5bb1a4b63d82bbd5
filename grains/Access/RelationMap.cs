using System.Collections.Immutable;
using static JamEmr.Access.Relation;

namespace JamEmr.Access;

/// <summary>What each permission needs beyond the role. A permission that is not here needs no relation.</summary>
internal static class RelationMap
{
    /// <summary>Who reaches a patient's chart and what was said and written: anyone of the role while it is not restricted, else its care team,
    /// else somebody with an emergency access to this patient.</summary>
    private const Relation Reach = CareTeam | Unrestricted | Relation.BreakGlass;

    /// <summary>The rules by permission.</summary>
    public static readonly ImmutableDictionary<Permission, RelationRule> Rules = new Dictionary<Permission, RelationRule>
    {
        [Permission.ClaimIdempotencyKey] = new(All: Own),
        [Permission.UseOwnSession] = new(All: Own),
        [Permission.ManageOwnAccount] = new(All: Own),

        [Permission.ReadChart] = new(Any: Reach),
        [Permission.WriteChart] = new(Any: Reach),
        [Permission.ReadEncounter] = new(Any: Reach),
        [Permission.ConductEncounter] = new(Any: Reach),
        [Permission.ReadTranscript] = new(Any: Reach),
        [Permission.DraftNote] = new(Any: Reach),
        [Permission.ReadNote] = new(Any: Reach),
        [Permission.EditNote] = new(Any: Reach),
        [Permission.SignNote] = new(All: Responsible, Any: Reach),
        [Permission.AddendNote] = new(Any: Reach),
        [Permission.ReadProvenance] = new(Any: Reach),

        // Nobody raises, lowers or locks out themselves: an administrator always remains, and nobody gives themselves anything.
        [Permission.ManageUsers] = new(Never: Subject),
        // Whoever asks is the requester from then on; only they withdraw.
        [Permission.RequestApproval] = new(All: Requester, Never: Subject),
        [Permission.DecideApproval] = new(Never: Requester | Subject),
        [Permission.OverrideApproval] = new(Never: Subject),

        // Whoever begins an emergency access owns it.
        [Permission.BreakGlass] = new(All: Own),
        [Permission.ReviewBreakGlass] = new(Never: Own),
    }.ToImmutableDictionary();
}
