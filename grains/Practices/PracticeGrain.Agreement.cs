using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Common;

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
        var terms = AgreementRules.Normalise(command, AgreementRules.Today(now, state.Record.TimeZone));
        var record = new AgreementRecord(approval.Approval, terms, state.Record.TimeZone, now);
        var agreements = AgreementRules.Add(state.Agreements, record, now);
        await AwaitAsync(agreements, now);
        await CommitAsync(
            state.WithExecuted(approval.Approval) with { Agreements = agreements },
            Gate.Record(
                AuditEvents.BaaRecorded,
                approval.Approval.ToString("D"),
                contentHash: GrainJson.Hash(record),
                detail: [(Approval, approval.Approval.ToString("D")), ("document", terms.DocumentHash)]));
        return true;
    });

    /// <inheritdoc/>
    public Task EndBaaAsync(Approved approval, EndBaa command) => AuditedAsync(AuditEvents.BaaEndSet, Id.ToString("D"), async () =>
    {
        var state = Current ?? throw PracticeRules.NotFound();
        if (state.HasExecuted(approval.Approval)) return false;
        var now = time.GetUtcNow();
        var normal = AgreementRules.Normalise(command);
        var before = state.Agreements;
        var (agreements, ended) = AgreementRules.RecordEnds(AgreementRules.End(before, normal, approval.Approval, now), now);
        var endsOn = normal.EndsOn.ToString("O", CultureInfo.InvariantCulture);
        var set = agreements.Except(before).Where(agreement => agreement.Record.EndedUnder == approval.Approval).Select(agreement => Gate.Record(
            AuditEvents.BaaEndSet,
            agreement.Record.Id.ToString("D"),
            contentHash: GrainJson.Hash(agreement.Record),
            detail: [(Approval, approval.Approval.ToString("D")), ("endsOn", endsOn)]));
        await AwaitAsync(agreements, now);
        await CommitAsync(state.WithExecuted(approval.Approval) with { Agreements = agreements }, [.. set, .. Ended(ended)]);
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

    /// <summary>The day changed: ends that were reached go on the log.</summary>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (Current is not { } state) return;
        var now = time.GetUtcNow();
        var (agreements, ended) = AgreementRules.RecordEnds(state.Agreements, now);
        if (ended.Length > 0) await CommitAsync(state with { Agreements = agreements }, [.. Ended(ended)]);
        await AwaitAsync(agreements, now);
    }

    private static AccessSettings SettingsOf(PracticeState state) => state.Settings ?? AgreementRules.LongestLimits;

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

    private IEnumerable<AuditRecord> Ended(ImmutableArray<AgreementRecord> ended) => ended.Select(agreement => Gate.Record(
        AuditEvents.BaaEnded,
        agreement.Id.ToString("D"),
        reason: agreement.EndedUnder is null ? "expired" : "terminated",
        contentHash: GrainJson.Hash(agreement),
        detail: [("endsOn", agreement.Terms.EndsOn!.Value.ToString("O", CultureInfo.InvariantCulture))]));

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
