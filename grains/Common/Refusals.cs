using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Common;

/// <summary>A refusal by a rule is a fact for the log as much as a deed is: recorded first, then told to the caller.</summary>
public static class Refusals
{
    /// <summary>Runs a pure rule; when it refuses, the refusal is recorded with the error's code as reason and thrown on. For grains without
    /// a state of their own; the others have <c>AuditedAsync</c>.</summary>
    public static async Task<T> DecideAsync<T>(
        this AuditGate gate, Grain grain, AuditEvent what, string entityId, Guid? patient, Func<T> rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        try
        {
            return rule();
        }
        catch (DomainException e)
        {
            throw await gate.RefuseAsync(grain, what, entityId, e, patient);
        }
    }

    /// <summary>Records a refusal; the caller of this throws what it gets back.</summary>
    public static async Task<DomainException> RefuseAsync(
        this AuditGate gate, Grain grain, AuditEvent what, string entityId, DomainException error, Guid? patient = null)
    {
        ArgumentNullException.ThrowIfNull(gate);
        await gate.PublishAsync(grain, [gate.Refusal(what, entityId, error, patient)]);
        return error;
    }

    /// <summary>The record of a refusal, for a grain that stores it together with a change.</summary>
    public static AuditRecord Refusal(this AuditGate gate, AuditEvent what, string entityId, DomainException error, Guid? patient = null)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(error);
        return gate.Record(what, entityId, patient, AuditOutcome.Refused, Reason(error.Code));
    }

    /// <summary>The stable form of an error code in records: <c>slot_taken</c>.</summary>
    public static string Reason(ErrorCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());
}
