using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Notices;

namespace JamEmr.Practices;

/// <content>Agreements and settings: what an approval executes, and what comes due by the calendar.</content>
public sealed partial class PracticeGrain
{
    private const string Reminder = "agreements";
    private const string Approval = "approval";

    // When a tick fails, or the machine was off, the next comes within the hour.
    private static readonly TimeSpan s_retry = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public Task RecordBaaAsync(Approved approval, RecordBaa command) => AuditedAsync(AuditEvents.BaaRecorded, approval.Approval.ToString("D"), async () =>
    {
        var state = Current ?? throw PracticeRules.NotFound();
        if (state.HasExecuted(approval.Approval)) return false;
        var now = time.GetUtcNow();
        var terms = AgreementRules.Normalise(command, PracticeRules.Today(now, state.Record.TimeZone));
        var record = new AgreementRecord(approval.Approval, terms, state.Record.TimeZone, now);
        var (agreements, facts) = await SettleAsync(AgreementRules.Add(state.Agreements, record, now), now);
        var recorded = Gate.Record(
            AuditEvents.BaaRecorded,
            approval.Approval.ToString("D"),
            contentHash: GrainJson.Hash(record),
            detail: [(Approval, approval.Approval.ToString("D")), ("document", terms.DocumentHash)]);
        await CommitAsync(state.WithExecuted(approval.Approval) with { Agreements = agreements }, [recorded, .. facts]);
        return true;
    });

    /// <inheritdoc/>
    public Task EndBaaAsync(Approved approval, EndBaa command) => AuditedAsync(AuditEvents.BaaEndSet, Id.ToString("D"), async () =>
    {
        var state = Current ?? throw PracticeRules.NotFound();
        if (state.HasExecuted(approval.Approval)) return false;
        var now = time.GetUtcNow();
        var normal = AgreementRules.Normalise(command);
        var (agreements, facts) = await SettleAsync(AgreementRules.End(state.Agreements, normal, approval.Approval, now), now);
        var set = agreements.Where(agreement => agreement.Record.EndedUnder == approval.Approval).Select(agreement => Gate.Record(
            AuditEvents.BaaEndSet,
            agreement.Record.Id.ToString("D"),
            contentHash: GrainJson.Hash(agreement.Record),
            detail: [(Approval, approval.Approval.ToString("D")), ("endsOn", Write(normal.EndsOn))]));
        await CommitAsync(state.WithExecuted(approval.Approval) with { Agreements = agreements }, [.. set, .. facts]);
        return true;
    });

    /// <inheritdoc/>
    public Task ChangeSettingsAsync(Approved approval, AccessSettings command) =>
        AuditedAsync(AuditEvents.ConfigurationChanged, Id.ToString("D"), async () =>
        {
            var state = Current ?? throw PracticeRules.NotFound();
            if (state.HasExecuted(approval.Approval)) return false;
            var settings = AgreementRules.Normalise(command);
            await CommitAsync(
                state.WithExecuted(approval.Approval) with { Settings = settings },
                Gate.Record(
                    AuditEvents.ConfigurationChanged,
                    Id.ToString("D"),
                    detail: [(Approval, approval.Approval.ToString("D")), ("before", Write(SettingsOf(state))), ("after", Write(settings))]));
            return true;
        });

    /// <summary>The day changed: ends that were reached go on the log, ends that come near are told to those who can renew.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (Current is not { } state) return;
        var (agreements, facts) = await SettleAsync(state.Agreements, time.GetUtcNow());
        if (!agreements.SequenceEqual(state.Agreements)) await CommitAsync(state with { Agreements = agreements }, [.. facts]);
    }

    private static AccessSettings SettingsOf(PracticeState state) => state.Settings ?? AgreementRules.LongestLimits;

    private static string Write(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    private static string Write(AccessSettings settings) =>
        string.Create(CultureInfo.InvariantCulture, $"idleMinutes={settings.IdleMinutes} absoluteHours={settings.AbsoluteHours}");

    private PracticeRecord View(PracticeState state) => new(
        state.Record.Id,
        state.Record.Code,
        state.Record.Name,
        state.Record.TimeZone,
        AgreementRules.View(state.Agreements, time.GetUtcNow()),
        SettingsOf(state),
        state.Record.CreatedAt,
        state.Record.Version);

    // What is due by these agreements: notices are given, records made. Both may come again where what follows fails: a notice is given once by
    // its id, and records are published with what is stored.
    private async Task<(ImmutableArray<StoredAgreement> Next, ImmutableArray<AuditRecord> Facts)> SettleAsync(
        ImmutableArray<StoredAgreement> agreements, DateTimeOffset now)
    {
        var (next, ended) = AgreementRules.RecordEnds(agreements, now);
        if (ended.Length > 0 && AgreementRules.StatusOf(next, now) is BaaStatus.Ended)
            await TellAsync(NoticeKind.BaaEnded, ended[^1], now, Write(ended[^1].Terms.EndsOn!.Value));
        foreach (var ending in AgreementRules.Endings(next, now))
        {
            await TellAsync(NoticeKind.BaaEnding, ending.Record, now, string.Create(CultureInfo.InvariantCulture, $"{Write(ending.Record.Terms.EndsOn!.Value)} {ending.Days}"));
            next = AgreementRules.WithNotice(next, ending);
        }

        await AwaitAsync(next, now);
        return (next, [.. ended.Select(agreement => Gate.Record(
            AuditEvents.BaaEnded,
            agreement.Id.ToString("D"),
            reason: agreement.EndedUnder is null ? "expired" : "terminated",
            contentHash: GrainJson.Hash(agreement),
            detail: [("endsOn", Write(agreement.Terms.EndsOn!.Value))]))]);
    }

    private Task TellAsync(NoticeKind kind, AgreementRecord agreement, DateTimeOffset now, string occasion) =>
        GrainFactory.GetGrain<INoticesGrain>(GrainKeys.Of(Id, "notices")).AddAsync(new Notice(
            Notice.IdOf(kind, agreement.Id, occasion),
            kind,
            [Role.Administrative, Role.PrivacyOfficer],
            AuditEvents.BaaEnded.EntityType,
            agreement.Id,
            now,
            AgreementRules.OverAt(agreement)));

    // Before what it is for is stored: a tick that finds nothing due does no harm, one that is missing would.
    private async Task AwaitAsync(ImmutableArray<StoredAgreement> agreements, DateTimeOffset now)
    {
        if (AgreementRules.HasMoreToCome(agreements))
        {
            var next = agreements.Min(agreement => AgreementRules.UntilTomorrow(now, agreement.Record.TimeZone));
            await this.RegisterOrUpdateReminder(Reminder, next, s_retry);
        }
        else if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }
}
