using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Approvals;

/// <content>What time does to a request, and its execution.</content>
public sealed partial class ApprovalGrain
{
    private const string ExpiryReminder = "expiry";
    private const string ExecutionReminder = "execution";
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        CallerContext.Set(Caller.Host($"approval-{Id:N}"));
        var state = Current is { } stored ? await SettleAsync(stored) : null;
        // It goes when all is over, and where nothing came of the request or the decision that it was set for.
        if (state?.Status is ApprovalStatus.Pending && reminderName is ExpiryReminder || state?.Status is ApprovalStatus.Approved) return;
        if (await this.GetReminder(reminderName) is { } reminder) await this.UnregisterReminder(reminder);
    }

    /// <summary>Does what is due: a request past its time expires, one that was approved is executed, one that was altered is void.</summary>
    private async Task<ApprovalState> SettleAsync(ApprovalState state)
    {
        if (state.Status is not (ApprovalStatus.Pending or ApprovalStatus.Approved)) return state;
        if (ApprovalRequests.Read(state, Practice!.Value, Id) is not { } request || state.Decisions.Any(d => !IsOf(state, d)))
            return await VoidAsync(state, "request_altered");
        if (state.Status is ApprovalStatus.Approved) return await ExecuteAsync(state, request);
        if (time.GetUtcNow() < state.ExpiresAt) return state;
        var expired = Ended(state, ApprovalStatus.Expired);
        await CommitAsync(expired, Fact(AuditEvents.ApprovalExpired, expired));
        return expired;

        static bool IsOf(ApprovalState state, ApprovalDecision decision) =>
            string.Equals(decision.RequestHash, state.RequestHash, StringComparison.Ordinal);
    }

    private async Task<ApprovalState> ExecuteAsync(ApprovalState state, PrivilegedRequest request)
    {
        // The system executes, whoever gave the last approval or happened to look; requester and deciders are in the approval's own records.
        CallerContext.Set(Caller.Host(CallerContext.Current?.CorrelationId ?? "none"));
        ApprovalState ended;
        try
        {
            await NotifyOfOverrideAsync(state);
            await CallAsync(request, new Approved(Id, state.RequestHash, state.Requester, state.SubjectVersion));
            ended = Ended(state, ApprovalStatus.Executed);
        }
        catch (DomainException e) when (e.Code is not (ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.TooManyRequests))
        {
            ended = Ended(state, ApprovalStatus.Failed) with { Reason = Refusals.Reason(e.Code) };
        }
        catch (Exception e)
        {
            // Whether it happened is not known; asked again, the target knows this approval.
            logger.NotExecutedNow(Id, e is DomainException d ? d.Code.ToString() : e.GetType().Name);
            return state;
        }

        await CommitAsync(ended, Fact(AuditEvents.ApprovalExecuted, ended));
        return ended;
    }

    private Task CallAsync(PrivilegedRequest request, Approved approved) => request switch
    {
        { CreateUser: { } create } => User(Id).CreateApprovedAsync(approved, create),
        { ChangeAccess: { } change } => User(change.User).ChangeAccessAsync(approved, change),
        { Reenrol: { } reenrol } => User(reenrol.User).ReenrolAsync(approved),
        { ApproveToken: { } token } =>
            GrainFactory.GetGrain<IApiTokenGrain>(GrainKeys.Of(Practice!.Value, token.Token)).ApproveAsync(approved, token),
        { RecordBaa: { } record } => PracticeOfApproval.RecordBaaAsync(approved, record),
        { EndBaa: { } end } => PracticeOfApproval.EndBaaAsync(approved, end),
        { AccessSettings: { } settings } => PracticeOfApproval.ChangeSettingsAsync(approved, settings),
        _ => throw new DomainException(ErrorCode.InvalidRequest, "There is no such operation."),
    };

    private IUserGrain User(Guid user) => GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, user));

    private IPracticeGrain PracticeOfApproval => GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice"));

    private async Task<ApprovalState> VoidAsync(ApprovalState state, string reason)
    {
        var voided = Ended(state, ApprovalStatus.Voided) with { Reason = reason };
        await CommitAsync(voided, Fact(AuditEvents.ApprovalVoided, voided));
        logger.Voided(Id, reason);
        return voided;
    }

    private ApprovalState Ended(ApprovalState state, ApprovalStatus status) =>
        state with { Status = status, EndedAt = time.GetUtcNow(), Version = state.Version + 1 };

    private AuditRecord Fact(AuditEvent what, ApprovalState state, params ReadOnlySpan<(string Key, string Value)> more)
    {
        List<(string Key, string Value)> detail =
        [
            ("operation", ApprovalRules.Code(state.Operation)),
            ("status", state.Status.ToString()),
            ("requester", state.Requester.ToString("D")),
            ("required", string.Join(' ', state.Required)),
            .. more,
        ];
        if (state.Subject is { } subject) detail.Add(("subject", subject.ToString("D")));
        return Gate.Record(
            what,
            EntityId,
            outcome: state.Status is ApprovalStatus.Failed ? AuditOutcome.Failed : AuditOutcome.Success,
            reason: state.Reason,
            contentHash: state.RequestHash,
            detail: [.. detail]);
    }

    private Task NotifyOfRequestAsync(ApprovalState state) =>
        NotifyAsync(NoticeKind.ApprovalRequested, new Notice(Guid.Empty, default, state.Required, "approval", Id, state.RequestedAt, state.ExpiresAt));

    // Both officers hear of it, whoever of them there is or will be, before anything is done.
    private async Task NotifyOfOverrideAsync(ApprovalState state)
    {
        if (state.Decisions[^1] is not { Verdict: ApprovalVerdict.Overridden } decision) return;
        await NotifyAsync(NoticeKind.ApprovalOverridden, new Notice(Guid.Empty, default, RequiredApprovals.Both, "approval", Id, decision.At, DueAt: null));
    }

    private Task NotifyAsync(NoticeKind kind, Notice notice) => GrainFactory
        .GetGrain<INoticesGrain>(GrainKeys.Of(Practice!.Value, "notices"))
        .AddAsync(notice with { Id = Notice.IdOf(kind, Id), Kind = kind });

    // Reminders are set before the state that needs them is stored: at worst one comes for nothing.
    private async Task RemindOfExpiryAsync() => await this.RegisterOrUpdateReminder(ExpiryReminder, ApprovalRules.Lifetime, TimeSpan.FromHours(1));

    private async Task RemindOfExecutionAsync() => await this.RegisterOrUpdateReminder(ExecutionReminder, Retry, Retry);
}
