using System.Collections.Immutable;
using static JamEmr.Access.Permission;

namespace JamEmr.Access;

/// <summary>The policy as it is written down. <see cref="PolicyTable"/> judges by it; <see cref="PolicyInvariants"/> say what must be true of it,
/// whatever is changed here.</summary>
/// <param name="Grants">Each role's permissions.</param>
/// <param name="Relations">What a permission needs beyond the role; nothing when it is not there.</param>
/// <param name="Scopes">Which scopes open a permission to a program; never open when it is not there.</param>
/// <param name="AccountRoles">What an account may be; the other roles are established by the system alone.</param>
/// <param name="TokenRoles">What a program may act as: no designation, since an officer answers in person.</param>
/// <param name="OfPatients">What reaches patients' data, which a practice whose agreement is over may not.</param>
/// <param name="Methods">What each grain method asks for: as much a part of the policy as who has it.</param>
internal sealed record PolicyRules(
    ImmutableDictionary<Role, ImmutableArray<Permission>> Grants,
    ImmutableDictionary<Permission, RelationRule> Relations,
    ImmutableDictionary<Permission, ImmutableArray<SmartScope>> Scopes,
    ImmutableArray<Role> AccountRoles,
    ImmutableArray<Role> TokenRoles,
    ImmutableArray<Permission> OfPatients,
    ImmutableArray<ContractMethod> Methods)
{
    private static readonly ImmutableArray<Permission> EverySignedIn =
        [UseOwnSession, ManageOwnAccount, ClaimIdempotencyKey, ReadPractice, ReadPolicy, ReportIncident];

    /// <summary>The rules of this build.</summary>
    public static readonly PolicyRules Current = new(
        new Dictionary<Role, ImmutableArray<Permission>>
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
        }.ToImmutableDictionary(),
        RelationMap.Rules,
        ScopeMap.Needs.ToImmutableDictionary(need => need.Key, need => need.Value.ToImmutableArray()),
        [Role.Clinical, Role.FrontDesk, Role.Administrative, Role.SecurityOfficer, Role.PrivacyOfficer],
        [Role.Clinical, Role.FrontDesk, Role.Administrative],

        // Audit and the accounting of disclosures stay open: they are owed whatever ends (45 CFR 164.504(e)(2)(ii)).
        [
            ReadPatient, SearchPatients, WritePatient, ReadChart, WriteChart, ReadSchedule, WriteSchedule, ReadEncounter, ConductEncounter,
            ReadTranscript, DraftNote, ReadNote, EditNote, SignNote, AddendNote, ReadProvenance, RestrictCharts, Permission.BreakGlass,
            ReadBreakGlass, ReviewBreakGlass,
        ],
        ContractMethod.All);
}
