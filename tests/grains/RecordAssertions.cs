using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Tests.Grains;

/// <summary>What tests ask of audit records.</summary>
internal static class RecordAssertions
{
    /// <summary>The one record of an actor's calls, which must be this refusal.</summary>
    public static async Task<AuditRecord> RefusedAsync(this Actor actor, AuditEvent what, ErrorCode code)
    {
        var record = await actor.OnlyRecordAsync();
        Assert.Equal(
            (what.Code, AuditOutcome.Refused, JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString())),
            (record.Event, record.Outcome, record.Reason));
        return record;
    }

    /// <summary>The one record of an actor's calls, which must be this success.</summary>
    public static async Task<AuditRecord> DidAsync(this Actor actor, AuditEvent what, Guid? patient)
    {
        var record = await actor.OnlyRecordAsync();
        Assert.Equal((what.Code, AuditOutcome.Success, patient), (record.Event, record.Outcome, record.Patient));
        Assert.Matches("^[0-9a-f]{64}$", record.ContentHash);
        return record;
    }
}
