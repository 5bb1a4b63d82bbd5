using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Approvals;

/// <summary>A privileged operation that is asked for: exactly one of these (DESIGN.md, Access).</summary>
/// <param name="CreateUser">A new account with a clinical or administrative role or a designation; the account takes the approval's id.</param>
/// <param name="ChangeAccess">Other roles, or another status, for an account.</param>
/// <param name="Reenrol">A new enrolment of a person who lost a password or second factor.</param>
/// <param name="ApproveToken">The release of a registered token that reaches far or lasts long.</param>
/// <param name="RecordBaa">The record of an executed business associate agreement.</param>
/// <param name="EndBaa">Its end before its time.</param>
/// <param name="AccessSettings">Limits of the practice's sessions.</param>
[GenerateSerializer, Immutable, Alias("jamemr.approval.privileged-request")]
public sealed record PrivilegedRequest(
    [property: Id(0)] CreateUser? CreateUser = null,
    [property: Id(1)] ChangeAccess? ChangeAccess = null,
    [property: Id(2)] Reenrol? Reenrol = null,
    [property: Id(3)] ApproveToken? ApproveToken = null,
    [property: Id(4)] RecordBaa? RecordBaa = null,
    [property: Id(5)] EndBaa? EndBaa = null,
    [property: Id(6)] AccessSettings? AccessSettings = null);
