using JamEmr.Approvals;
using JamEmr.Audit;

namespace JamEmr.Identity;

/// <content>What only an approval does to an account.</content>
public sealed partial class UserGrain
{
    /// <inheritdoc/>
    public Task<UserRecord> CreateApprovedAsync(Approved approval, CreateUser command) =>
        AuditedAsync(AuditEvents.UserCreated, EntityId, () => CreateCoreAsync(command, approval.Approval));

    /// <inheritdoc/>
    public Task<UserRecord> ChangeAccessAsync(Approved approval, ChangeAccess command) => AuditedAsync(AuditEvents.UserUpdated, EntityId, async () =>
    {
        var state = Current ?? throw UserRules.NotFound();
        if (state.HasExecuted(approval.Approval)) return UserRules.View(state);
        UserRules.RequireAsApproved(state.Record, approval);
        var roles = UserRules.Roles(command.Roles, "/roles");
        // As in every change: first the sessions, then the account.
        await EndSessionsAsync(state.Sessions, "account_changed");
        var record = state.Record with { Roles = roles, Disabled = command.Disabled, Version = state.Record.Version + 1 };
        var next = state.WithExecuted(approval.Approval).WithAccess(record) with { Sessions = [] };
        await CommitAsync(next, [.. Facts(state.Record, UserRules.View(next), approval.Approval)]);
        return UserRules.View(next);
    });

    /// <inheritdoc/>
    public Task<UserRecord> ReenrolAsync(Approved approval) => AuditedAsync(AuditEvents.UserCredentialsCleared, EntityId, async () =>
    {
        var state = Current ?? throw UserRules.NotFound();
        if (state.HasExecuted(approval.Approval)) return UserRules.View(state);
        UserRules.RequireAsApproved(state.Record, approval);
        await EndSessionsAsync(state.Sessions, "credentials_cleared");
        var next = state.WithExecuted(approval.Approval).WithoutCredentials() with
        {
            Record = state.Record with { Version = state.Record.Version + 1 },
        };
        await CommitAsync(next, Gate.Record(AuditEvents.UserCredentialsCleared, EntityId, detail: By(approval.Approval)));
        return UserRules.View(next);
    });
}
