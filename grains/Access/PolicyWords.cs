using System.Collections.Immutable;
using static JamEmr.Access.Permission;

namespace JamEmr.Access;

/// <summary>The policy for people to read.</summary>
internal static class PolicyWords
{
    private static readonly (Relation Relation, string Words)[] Relations =
    [
        (Relation.Own, "own it"),
        (Relation.Responsible, "be the clinician responsible for the encounter"),
        (Relation.CareTeam, "be on the care team"),
        (Relation.Unrestricted, "ask for a chart that is not restricted"),
        (Relation.BreakGlass, "have an emergency access to this patient"),
        (Relation.Requester, "be who asks, or asked, for the operation"),
        (Relation.Subject, "be the one whose own access it changes"),
    ];

    /// <summary>The policy as it is shown.</summary>
    public static PolicyRecord Tell(PolicyTable policy)
    {
        var rules = policy.Rules;
        return new PolicyRecord(
            policy.Hash,
            policy.Canonical,
            [.. Enum.GetValues<Permission>().Select(permission => Tell(rules, permission))],
            [.. rules.Methods.Select(method => new MethodRule(method.Name, method.Permission, method.StepUp, method.Approved))],
            [.. PolicyInvariants.All.Select(invariant => new InvariantRule(invariant.Id, invariant.Sentence))]);
    }

    /// <summary>What a permission needs besides the role, in words; null when nothing.</summary>
    public static string? ConditionOf(RelationRule rule)
    {
        string[] parts =
        [
            .. Words(rule.All).Select(words => $"must {words}"),
            .. rule.Any == Relation.None ? [] : new[] { $"must {string.Join(", or ", Words(rule.Any))}" },
            .. Words(rule.Never).Select(words => $"must not {words}"),
        ];
        return parts.Length == 0 ? null : string.Join("; ", parts);
    }

    /// <summary>What a permission lets one do.</summary>
    public static string MeaningOf(Permission permission) => permission switch
    {
        Authenticate => "Try to prove who one is",
        IssueSetupCode => "Issue the set-up code of a fresh installation",
        ClaimIdempotencyKey => "Keep one's own repeated requests apart",
        UseOwnSession => "See, lock and end one's own sessions, and re-authenticate",
        ReadPractice => "Read the practice's record",
        ManagePractice => "Change the practice's record",
        ReadUsers => "Read accounts",
        ManageUsers => "Create, change and disable accounts that need no approval",
        ManageTokens => "Register, read, renew and rotate API tokens",
        ReadPatient => "Read demographics",
        SearchPatients => "Find patients by name and birth date",
        WritePatient => "Register patients and change demographics",
        ReadChart => "Read problems, medications and allergies",
        WriteChart => "Change problems, medications and allergies",
        ReadSchedule => "Read schedules and appointments",
        WriteSchedule => "Book, move, cancel and check in",
        ReadEncounter => "Read how an encounter stands, without words spoken or written",
        ConductEncounter => "Open an encounter, record consent and what is said",
        ReadTranscript => "Read what was said",
        DraftNote => "Have a note drafted",
        ReadNote => "Read notes",
        EditNote => "Edit a note before its signature",
        SignNote => "Sign a note",
        AddendNote => "Add to a signed note",
        ReadProvenance => "Read a note's trail: identifiers and hashes, no text",
        ReadAudit => "Read and export the audit log",
        ReportIncident => "Report an incident",
        ReadIncidents => "Read incidents",
        ManageIncidents => "Classify, work and close incidents",
        RunService => "Record that the service starts, stops or raises an alarm",
        RecordDisclosure => "Record that a patient's data was given to somebody",
        AccountForDisclosures => "Give the account of a patient's disclosures",
        ReadPolicy => "Read this policy",
        ManageOwnAccount => "Change one's own password, second factor and passkeys",
        ReadProviders => "Find the practice's clinicians",
        EndSessions => "See and end other people's sessions",
        RevokeTokens => "Revoke API tokens",
        ReadInventory => "List everything that can reach clinical data",
        ReadApprovals => "Read requests for approval and what became of them",
        RequestApproval => "Ask for a privileged operation, and withdraw what one asked for",
        DecideApproval => "Approve or deny a privileged operation",
        OverrideApproval => "Execute a privileged operation that nobody is there to decide on, with the officers informed",
        RestrictCharts => "Restrict a chart to its care team, and name the care team",
        Permission.BreakGlass => "Open a restricted chart in an emergency",
        ReadBreakGlass => "Read emergency accesses",
        ReviewBreakGlass => "Review emergency accesses",
        ReadNotices => "Read and acknowledge notices to one's roles",
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, "There is no such permission."),
    };

    private static PermissionRule Tell(PolicyRules rules, Permission permission)
    {
        ImmutableArray<Role> roles = [.. rules.Grants.Where(grant => grant.Value.Contains(permission)).Select(grant => grant.Key).Order()];
        var isOpen = rules.Scopes.TryGetValue(permission, out var scopes) && roles.Any(role => rules.TokenRoles.Contains(role));
        return new PermissionRule(
            permission,
            MeaningOf(permission),
            roles,
            rules.Relations.TryGetValue(permission, out var rule) ? ConditionOf(rule) : null,
            isOpen,
            isOpen ? [.. scopes.Select(scope => scope.ToString())] : [],
            rules.OfPatients.Contains(permission));
    }

    private static IEnumerable<string> Words(Relation relations) =>
        Relations.Where(known => relations.HasFlag(known.Relation)).Select(known => known.Words);
}
