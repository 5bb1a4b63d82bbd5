using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Approvals;

/// <summary>Steps that tests of approvals share.</summary>
internal static class ApprovalSteps
{
    /// <summary>A request that the Security Officer decides.</summary>
    public static PrivilegedRequest Settings(int minutes = 10) => new(AccessSettings: new AccessSettings(minutes, 8));

    /// <summary>Asks.</summary>
    public static Task<ApprovalRecord> AskAsync(this Actor actor, Guid id, PrivilegedRequest request) =>
        actor.CallAsync(id, (IApprovalGrain g) => g.RequestAsync(request));

    /// <summary>Looks.</summary>
    public static Task<ApprovalRecord> ReadAsync(this Actor actor, Guid id) => actor.CallAsync(id, (IApprovalGrain g) => g.GetAsync());

    /// <summary>Approves what is asked.</summary>
    public static Task<ApprovalRecord> ApproveAsync(this Actor actor, ApprovalRecord asked) =>
        actor.CallAsync(asked.Id, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));

    /// <summary>Denies what is asked.</summary>
    public static Task<ApprovalRecord> DenyAsync(this Actor actor, ApprovalRecord asked) =>
        actor.CallAsync(asked.Id, (IApprovalGrain g) => g.DenyAsync(asked.RequestHash, "Not needed"));

    /// <summary>Overrides.</summary>
    public static Task<ApprovalRecord> OverrideAsync(this Actor actor, ApprovalRecord asked) =>
        actor.CallAsync(asked.Id, (IApprovalGrain g) => g.OverrideAsync(asked.RequestHash, "Nobody else is there."));

    /// <summary>Every successful record of an event on a practice's log, oldest first.</summary>
    public static async Task<ImmutableArray<AuditRecord>> RecordsAsync(this GrainHost host, Guid practice, AuditEvent what)
    {
        var officer = new Actor(host, TestPractice.CallerOf(practice, Guid.CreateVersion7(host.Time.GetUtcNow()), Role.SecurityOfficer));
        var query = new AuditQuery(Event: what.Code, OldestFirst: true, Outcome: AuditOutcome.Success);
        var records = ImmutableArray.CreateBuilder<AuditRecord>();
        string? cursor = null;
        do
        {
            var page = await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.QueryAsync(query, new PageRequest(cursor, 200)));
            records.AddRange(page.Items.Select(item => item.Record));
            cursor = page.Next;
        }
        while (cursor is not null);

        return records.ToImmutable();
    }
}
