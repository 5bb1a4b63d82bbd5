namespace JamEmr.Approvals;

/// <summary>The authority under which a privileged operation is executed: handed to an <see cref="Access.ApprovalRequiredAttribute"/> method by
/// the approval grain, and by nobody else.</summary>
/// <param name="Approval">The approval's id. Executing twice under one approval changes nothing the second time.</param>
/// <param name="RequestHash">SHA-256 of the request's canonical form, lower-case hex: what the deciders agreed to.</param>
/// <param name="Requester">The person who asked.</param>
/// <param name="SubjectVersion">The version of the account that the deciders' rights were judged by, where one is concerned: an account that
/// changed since may need other approvals, and is left alone.</param>
[GenerateSerializer, Immutable, Alias("jamemr.approval.approved")]
public sealed record Approved(
    [property: Id(0)] Guid Approval,
    [property: Id(1)] string RequestHash,
    [property: Id(2)] Guid Requester,
    [property: Id(3)] int? SubjectVersion = null);
