using static JamEmr.Access.Permission;

namespace JamEmr.Access;

/// <content>Programs, the agreement, and grain methods.</content>
internal static partial class PolicyInvariants
{
    /// <summary>What a person answers for in person.</summary>
    private static readonly ulong InPerson = PolicySpace.Bits(
        DraftNote, EditNote, SignNote, AddendNote, UseOwnSession, ManageOwnAccount, ManagePractice, ManageUsers, ManageTokens, RevokeTokens,
        EndSessions, ReadInventory, ReadApprovals, RequestApproval, DecideApproval, OverrideApproval, RestrictCharts, Permission.BreakGlass,
        ReadBreakGlass, ReviewBreakGlass, RecordDisclosure, AccountForDisclosures, ReportIncident, ReadIncidents, ManageIncidents, ReadNotices);

    private static readonly ulong Decisive = PolicySpace.Bits(SignNote, DecideApproval, OverrideApproval);

    private static IEnumerable<PolicyInvariant> Programs() =>
    [
        Every("programs-never-answer", "No program, with whatever scope, does what a person answers for: notes, signatures, accounts, approvals, incidents.",
            one => one.Kind is not ActorKind.Token || !one.Can(InPerson)),
        Every("programs-no-designation", "No program acts as an officer, the host or nobody.",
            one => one.Kind is not ActorKind.Token || one.Permitted == 0 || one.IsOnly(Role.Clinical, Role.FrontDesk, Role.Administrative)),
        Every("programs-need-scopes", "A program without scopes can do nothing but keep its requests apart.",
            one => one.Kind is not ActorKind.Token || one.Scope is not null || one.CanOnly(PolicySpace.Bits(ClaimIdempotencyKey))),
        Every("programs-within-scope", "A program reads what was said and written only with the scope of documents, and a chart only with all of a chart's.",
            one => one.Kind is not ActorKind.Token || one.Scope is not { } scope || scope.Resource is SmartScope.AnyResource
                || (!one.Can(ReadTranscript, ReadNote) || scope.Resource is "DocumentReference") && !one.Can(ReadChart, WriteChart)),
    ];

    private static IEnumerable<PolicyInvariant> Agreement() =>
    [
        new PolicyInvariant("agreement-closes", "When the agreement is over, everything that reads or changes patients' data is closed.", space =>
            FirstOf(
                NoteText | Chart | Demographics
                    | PolicySpace.Bits(ReadProvenance, RestrictCharts, Permission.BreakGlass, ReadBreakGlass, ReviewBreakGlass),
                permission => !space.Policy.Closes(permission))),
        new PolicyInvariant("agreement-leaves", "When the agreement is over, the log, disclosures, incidents and the way to a new agreement stay open.", space =>
            FirstOf(
                Privileged | PolicySpace.Bits(ReadAudit, AccountForDisclosures, RecordDisclosure, ReportIncident, ManageIncidents, RevokeTokens, EndSessions),
                space.Policy.Closes)),
    ];

    private static IEnumerable<PolicyInvariant> Contract() =>
    [
        Method("audit-is-only-read", "Nobody edits the log: a right to it is a right to read; the hosting process alone says which keys seal it.",
            method => method.Area is not "JamEmr.Audit" || method.Permission is null or ReadAudit or RunService),
        Method("decisions-step-up", "Signing, deciding and doing without a decision need a person who proved their identity again a moment ago.",
            method => method.Permission is not { } permission || !IsIn(Decisive, permission) || method.StepUp),
        Method("approved-by-approvals", "What is executed under an approval is executed by approvals alone.",
            method => method.Types.Contains(typeof(Approvals.Approved)) == method.Approved),
        Method("note-methods", "Whatever shows a note's text or what was said needs the right to it.",
            method => method.Permission is not { } permission
                || !(method.Types.Contains(typeof(Encounters.NoteRecord)) || method.Types.Contains(typeof(Encounters.Turn)))
                || IsIn(NoteText, permission) || permission is ConductEncounter),
    ];

    private static PolicyInvariant Method(string id, string sentence, Func<ContractMethod, bool> isSo) =>
        new(id, sentence, space => space.Policy.Rules.Methods.FirstOrDefault(method => !isSo(method))?.Name);

    private static bool IsIn(ulong set, Permission permission) => (set & PolicySpace.Bits(permission)) != 0;

    private static string? FirstOf(ulong set, Func<Permission, bool> found) =>
        Enum.GetValues<Permission>().Where(permission => IsIn(set, permission) && found(permission)).Select(permission => permission.ToString()).FirstOrDefault();
}
