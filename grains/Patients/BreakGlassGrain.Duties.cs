using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Notices;

namespace JamEmr.Patients;

/// <content>What the grain does of its own, by reminder: note the end of an access, remind of its review, escalate a review that is overdue.
/// Each duty may be done again after a crash and has its effect once.</content>
public sealed partial class BreakGlassGrain : IRemindable
{
    private const string Reminder = "duties";

    // So long after one that failed it is tried again.
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => DoWhatIsDueAsync();

    private async Task DoWhatIsDueAsync()
    {
        if (Current is { Record: { EndedAt: null } open }) await LookWhetherItIsOverAsync(open);
        if (Current is { Record: { EndedAt: not null, Review: null } record } && time.GetUtcNow() is var now)
        {
            if (!Require().Reminded && now >= record.ReviewDueAt - BreakGlassRules.ReminderBefore)
            {
                await GiveNoticeAsync(NoticeKind.BreakGlassReviewDue, record, Role.PrivacyOfficer);
                await CommitAsync(Require() with { Reminded = true });
            }

            if (!Require().Escalated && now >= record.ReviewDueAt)
            {
                await GiveNoticeAsync(NoticeKind.BreakGlassReviewOverdue, record, Role.SecurityOfficer, Role.PrivacyOfficer);
                await CommitAsync(
                    Require() with { Escalated = true }, Fact(AuditEvents.BreakGlassOverdue, record, detail: ("dueAt", Text(record.ReviewDueAt))));
            }
        }

        if (Current is { Record: { Review.Verdict: BreakGlassVerdict.NotJustified } wrong })
            await GiveNoticeAsync(NoticeKind.BreakGlassNotJustified, wrong, Role.SecurityOfficer);
        await ScheduleAsync();
    }

    private async Task LookWhetherItIsOverAsync(BreakGlassRecord record)
    {
        // Left out where the start broke off before it.
        await GiveNoticeOfStartAsync(record);
        if (time.GetUtcNow() >= record.ExpiresAt) await EndAsync(BreakGlassEnd.Expired);
        else if (await Session(record).PeekAsync() is null) await EndAsync(BreakGlassEnd.SessionEnded);
        else return;
        try
        {
            await Session(record).EndBreakGlassAsync(Id);
        }
        catch (Exception e)
        {
            // It opens nothing any more: this grain is asked at each use.
            logger.BreakGlassStaysInSession(Id, e.GetType().Name);
        }
    }

    private Task EndAsync(BreakGlassEnd how)
    {
        var next = BreakGlassRules.End(Require().Record, how, time.GetUtcNow());
        return CommitAsync(
            Require() with { Record = next },
            Fact(AuditEvents.BreakGlassStopped, next, Code(next.End!.Value), ("endedAt", Text(next.EndedAt!.Value))));
    }

    private Task GiveNoticeOfStartAsync(BreakGlassRecord record) => GiveNoticeAsync(NoticeKind.BreakGlassStarted, record, Role.PrivacyOfficer);

    private Task GiveNoticeAsync(NoticeKind kind, BreakGlassRecord record, params ImmutableArray<Role> roles) =>
        GrainFactory.GetGrain<INoticesGrain>(GrainKeys.Of(Practice!.Value, "notices")).AddAsync(new Notice(
            Notice.IdOf(kind, Id),
            kind,
            roles,
            AuditEvents.BreakGlassStarted.EntityType,
            Id,
            kind is NoticeKind.BreakGlassStarted ? record.StartedAt : time.GetUtcNow(),
            record.Review is null ? record.ReviewDueAt : null));

    private async Task WatchAsync() => await this.RegisterOrUpdateReminder(Reminder, BreakGlassRules.Watch, BreakGlassRules.Watch);

    private async Task ScheduleAsync()
    {
        var now = time.GetUtcNow();
        if (Current is { Record.EndedAt: null }) return;
        if (Current is { } state && BreakGlassRules.NextAt(state, now) is { } next)
            await this.RegisterOrUpdateReminder(Reminder, next > now ? next - now : TimeSpan.Zero, Retry);
        else if (await this.GetReminder(Reminder) is { } reminder)
            await this.UnregisterReminder(reminder);
    }
}
