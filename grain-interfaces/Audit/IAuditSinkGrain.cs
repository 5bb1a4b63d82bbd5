using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>Names of the audit stream.</summary>
public static class AuditStream
{
    /// <summary>The durable stream provider.</summary>
    public const string Provider = "audit";

    /// <summary>The stream namespace; the stream's key is <c>{practice}/audit</c> or <c>system/audit</c>.</summary>
    public const string Namespace = "audit";

    /// <summary>The last part of the sink's key.</summary>
    public const string KeyName = "audit";

    /// <summary>The last part of the key of <see cref="IAuditTrailGrain"/>.</summary>
    public const string TrailKeyName = "audit-trail";
}

/// <summary>Takes a practice's audit stream to its ledger. Key <c>{practice}/audit</c>.</summary>
[Alias("jamemr.audit-sink")]
public interface IAuditSinkGrain : IGrainWithStringKey
{
    /// <summary>Completes when a published record is in the ledger. The stream keeps its order: everything published before it is there as well.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.Unavailable"/> when it does not arrive in time.</exception>
    [Internal, AlwaysInterleave, Alias("wait-for")]
    Task WaitForAsync(Guid recordId);
}
