using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

/// <summary>Reads the audit log back, as the Security Officer.</summary>
public static class Log
{
    /// <summary>What one request left on the practice's log.</summary>
    public static async Task<IReadOnlyList<AuditRecord>> OfAsync(ApiServer server, string correlationId)
    {
        var page = await server.As(Role.SecurityOfficer).GetAsync<AuditPage>($"/v1/audit/records?correlationId={correlationId}&order=oldest");
        return [.. page.Items.Select(i => i.Record)];
    }

    /// <summary>The one record of that event that a request left.</summary>
    public static async Task<AuditRecord> OneAsync(ApiServer server, Answer answer, AuditEvent expected)
    {
        var records = await OfAsync(server, answer.CorrelationId);
        return Assert.Single(records, r => r.Event == expected.Code);
    }
}
