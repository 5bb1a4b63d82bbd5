using System.Collections.Immutable;
using static JamEmr.Access.Permission;

namespace JamEmr.Access;

/// <summary>What must be true of the policy, whatever else is changed in it.</summary>
/// <param name="Id">Stable; for tests and for talk about it.</param>
/// <param name="Sentence">For people to read.</param>
/// <param name="Counterexample">Null when it is true of the whole space, else where it is not.</param>
internal sealed record PolicyInvariant(string Id, string Sentence, Func<PolicySpace, string?> Counterexample);

/// <summary>
/// The invariants of the policy, each checked in every case there is. A host whose policy breaks one does not start. This file: people;
/// <c>PolicyInvariants.Programs.cs</c>: programs, the agreement, and grain methods.
/// </summary>
internal static partial class PolicyInvariants
{
    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<PolicyInvariant> All =
        [.. System(), .. Patients(), .. Charts(), .. Audit(), .. Approvals(), .. Offices(), .. Programs(), .. Agreement(), .. Contract()];

    private static readonly ulong NoteText = PolicySpace.Bits(ReadTranscript, DraftNote, ReadNote, EditNote, SignNote, AddendNote);
    private static readonly ulong Chart = PolicySpace.Bits(ReadChart, WriteChart, ReadEncounter, ConductEncounter);
    private static readonly ulong Demographics = PolicySpace.Bits(ReadPatient, SearchPatients, WritePatient, ReadSchedule, WriteSchedule);
    private static readonly ulong OfEveryone = PolicySpace.Bits(UseOwnSession, ManageOwnAccount, ClaimIdempotencyKey, ReadPractice, ReadPolicy, ReportIncident);
    private static readonly ulong Privileged = PolicySpace.Bits(ManageUsers, RequestApproval, DecideApproval, OverrideApproval);
    private static readonly Role[] Officers = [Role.SecurityOfficer, Role.PrivacyOfficer];
    private static readonly Role[] Accounts = [Role.Clinical, Role.FrontDesk, Role.Administrative, .. Officers];

    // Neither the policy nor the grains change while a process runs.
    private static readonly Lazy<PolicyTable> Checked = new(() =>
    {
        var policy = new PolicyTable();
        Verify(policy);
        return policy;
    });

    /// <summary>The policy of this build, checked once in a process.</summary>
    /// <exception cref="InvalidOperationException">It breaks an invariant.</exception>
    public static PolicyTable Verified => Checked.Value;

    /// <summary>Checks all of them.</summary>
    /// <exception cref="InvalidOperationException">The policy breaks one or more; the message names them and where.</exception>
    public static void Verify(PolicyTable policy)
    {
        var space = new PolicySpace(policy);
        var broken = All.Select(invariant => (invariant, Found: invariant.Counterexample(space)))
            .Where(result => result.Found is not null)
            .Select(result => $"{result.invariant.Id}: {result.invariant.Sentence} Not so: {result.Found}.")
            .ToList();
        if (broken.Count > 0) throw new InvalidOperationException($"The policy is broken; nothing is started. {string.Join(' ', broken)}");
    }

    private static PolicyInvariant Every(string id, string sentence, Func<PolicyCase, bool> isSo) => new(id, sentence, space =>
    {
        foreach (var one in space.Cases)
        {
            if (!isSo(one)) return one.ToString();
        }

        return null;
    });

    // What a role gives does not depend on what one is to a thing.
    private static PolicyInvariant NoRole(string id, string sentence, Permission first, Permission second) => new(id, sentence, space =>
        space.Policy.Rules.Grants.Where(grant => grant.Value.Contains(first) && grant.Value.Contains(second)).Select(grant => $"{grant.Key}")
            .FirstOrDefault());

    private static IEnumerable<PolicyInvariant> System() =>
    [
        Every("no-role-no-right", "An account without a role of accounts may do nothing, whatever it claims to be.",
            one => one.Kind is not ActorKind.User || one.Is(Accounts) || one.Permitted == 0),
        Every("stranger", "Somebody who is not signed in may only try to sign in.",
            one => one.Kind is not ActorKind.Anonymous || one.CanOnly(PolicySpace.Bits(Authenticate))),
        Every("signed-in-is-no-stranger", "Whoever is signed in cannot act as somebody who is not.",
            one => one.Kind is ActorKind.Anonymous || !one.Can(Authenticate)),
        Every("host-only-starts", "The hosting process may issue a set-up code and record its own life, and nothing else.",
            one => one.Kind is not ActorKind.System || one.CanOnly(PolicySpace.Bits(IssueSetupCode, RunService))),
        Every("only-the-host", "Nobody but the hosting process issues set-up codes or speaks for the service.",
            one => one.Kind is ActorKind.System || !one.Can(IssueSetupCode, RunService)),
        Every("own-only", "Sessions, credentials and idempotency keys are used by their owner only.",
            one => !one.Can(UseOwnSession, ManageOwnAccount, ClaimIdempotencyKey) || one.Has(Relation.Own)),
        Every("everyone-can-report", "Every account can report an incident and read the policy it is judged by.",
            one => one.Kind is not ActorKind.User || !one.Is(Accounts) || one.Can(ReportIncident) && one.Can(ReadPolicy)),
        new PolicyInvariant("no-dead-permission", "Every permission has somebody who holds it.", space =>
            Enum.GetValues<Permission>().Where(permission => !space.Cases.Any(one => one.Can(permission))).Select(p => p.ToString()).FirstOrDefault()),
    ];

    private static IEnumerable<PolicyInvariant> Patients() =>
    [
        Every("note-text-clinical", "Nobody but clinical accounts has to do with the text of notes or with what was said.",
            one => !one.Can(NoteText) || one.Is(Role.Clinical)),
        Every("chart-clinical", "Nobody but clinical accounts reads or changes charts and encounters.",
            one => !one.Can(Chart) || one.Is(Role.Clinical)),
        Every("demographics", "Nobody but clinical and front-desk accounts reaches demographics and schedules.",
            one => !one.Can(Demographics) || one.Is(Role.Clinical, Role.FrontDesk)),
        Every("front-desk", "The front desk has schedules, demographics and disclosures: never notes, charts, drafting or audit.",
            one => !one.IsOnly(Role.FrontDesk) || one.CanOnly(OfEveryone | Demographics | PolicySpace.Bits(RecordDisclosure, ReadProviders))),
        Every("administration-no-patients", "An administrative account reaches no patient's data.",
            one => !one.IsOnly(Role.Administrative) || !one.Can(NoteText | Chart | Demographics | PolicySpace.Bits(ReadProvenance, RecordDisclosure))),
        Every("officers-no-patients", "A designation alone reaches no patient's data but the trail of notes, which has identifiers and hashes only.",
            one => !one.IsOnly(Officers) || !one.Can(NoteText | Chart | Demographics)),
        Every("care-does-not-administer", "Clinical and front-desk accounts have no part in accounts, tokens, sessions of others, approvals and the inventory.",
            one => !one.IsOnly(Role.Clinical, Role.FrontDesk)
                || !one.Can(ManagePractice, ReadUsers, ManageUsers, ManageTokens, RevokeTokens, EndSessions, ReadInventory, ReadApprovals)),
    ];

    private static IEnumerable<PolicyInvariant> Charts() =>
    [
        Every("responsible-signs", "Only the clinician responsible for the encounter signs its note.",
            one => !one.Can(SignNote) || one.Is(Role.Clinical) && one.Has(Relation.Responsible)),
        Every("restricted-chart", "A restricted chart, and what was said and written about its patient, is for its care team and for emergency access.",
            one => !one.Can(NoteText | Chart | PolicySpace.Bits(ReadProvenance))
                || one.Has(Relation.CareTeam | Relation.Unrestricted | Relation.BreakGlass)),
        Every("break-glass-clinical", "Only a clinical account, in person, opens a restricted chart in an emergency.",
            one => !one.Can(Permission.BreakGlass) || one.Kind is ActorKind.User && one.Is(Role.Clinical)),
        Every("break-glass-own", "Nobody begins or ends an emergency access in another's name.",
            one => !one.Can(Permission.BreakGlass) || one.Has(Relation.Own)),
        Every("review-not-ones-own", "Nobody reviews their own emergency access.", one => !one.Can(ReviewBreakGlass) || !one.Has(Relation.Own)),
        Every("privacy-officer-reviews", "Only the Privacy Officer reviews emergency accesses.",
            one => !one.Can(ReviewBreakGlass) || one.Is(Role.PrivacyOfficer)),
        NoRole("no-role-breaks-and-reviews", "No role can both open charts in an emergency and review that.", Permission.BreakGlass, ReviewBreakGlass),
        Every("officers-see-emergencies", "Nobody but officers reads the list of emergency accesses.",
            one => !one.Can(ReadBreakGlass) || one.Is(Officers)),
        Every("privacy-officer-restricts", "Only the Privacy Officer restricts charts and names care teams.",
            one => !one.Can(RestrictCharts) || one.Is(Role.PrivacyOfficer)),
    ];

    private static IEnumerable<PolicyInvariant> Audit() =>
    [
        Every("officers-read-audit", "Nobody but officers, in person, reads the audit log.",
            one => !one.Can(ReadAudit) || one.Kind is ActorKind.User && one.Is(Officers)),
        Every("trail-never-administrative", "Neither the front desk nor administration reads the trail of notes.",
            one => !one.Can(ReadProvenance) || one.Is(Role.Clinical, Role.SecurityOfficer, Role.PrivacyOfficer)),
    ];

    private static IEnumerable<PolicyInvariant> Approvals() =>
    [
        NoRole("no-role-requests-and-decides", "No role can both ask for a privileged operation and decide on one.", RequestApproval, DecideApproval),
        NoRole("no-role-decides-and-overrides", "No role can both decide on a privileged operation and do without a decision.", DecideApproval, OverrideApproval),
        Every("requester-never-decides", "Nobody decides on what they asked for, whatever roles they have.",
            one => !one.Can(DecideApproval) || !one.Has(Relation.Requester)),
        Every("subject-never-decides", "Nobody decides on what their own account may do.", one => !one.Can(DecideApproval) || !one.Has(Relation.Subject)),
        Every("nobody-raises-themselves", "Nobody changes what their own account may do, by no way: no administrator gives themselves a designation.",
            one => !one.Has(Relation.Subject) || !one.Can(Privileged)),
        Every("officers-decide", "Nobody but officers decides on privileged operations.", one => !one.Can(DecideApproval) || one.Is(Officers)),
        Every("administration-asks", "Nobody but administration asks for privileged operations, or executes one that nobody is there to decide on.",
            one => !one.Can(RequestApproval, OverrideApproval) || one.Is(Role.Administrative)),
        Every("requester-withdraws", "Only who asked for a privileged operation withdraws it.",
            one => !one.Can(RequestApproval) || one.Has(Relation.Requester)),
    ];

    private static IEnumerable<PolicyInvariant> Offices() =>
    [
        Every("administration-administers", "Nobody but administration creates accounts, registers tokens and changes the practice's record.",
            one => !one.Can(ManageUsers, ManageTokens, ManagePractice) || one.Is(Role.Administrative)),
        Every("containment", "A Security Officer can always end sessions, revoke tokens, work incidents and read the log, whatever else the account is.",
            one => one.Kind is not ActorKind.User || !one.Is(Role.SecurityOfficer)
                || one.Can(EndSessions) && one.Can(RevokeTokens) && one.Can(ManageIncidents) && one.Can(ReadIncidents) && one.Can(ReadAudit)),
        Every("security-officer-works-incidents", "Nobody but the Security Officer classifies, works and closes incidents.",
            one => !one.Can(ManageIncidents) || one.Is(Role.SecurityOfficer)),
        Every("officers-read-incidents", "Nobody but officers reads incidents.", one => !one.Can(ReadIncidents) || one.Is(Officers)),
        Every("privacy-officer-accounts", "Nobody but the Privacy Officer gives the account of a patient's disclosures (45 CFR 164.528).",
            one => !one.Can(AccountForDisclosures) || one.Is(Role.PrivacyOfficer)),
    ];
}
