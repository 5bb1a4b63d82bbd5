using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Practices;

/// <summary>Rules of a practice's business associate agreements. Pure. What an agreement is: 45 CFR 164.504(e).</summary>
internal static class AgreementRules
{
    /// <summary>How many agreements a practice's record keeps; older ones that are over stay in their approvals.</summary>
    public const int MaxKept = 20;

    // 60 days: later than this nobody may agree to be told of a breach (45 CFR 164.410(b)).
    private const int MaxNotificationHours = 60 * 24;
    private static readonly DateOnly s_earliest = new(2003, 4, 14);
    private static readonly DateOnly s_latest = new(2200, 1, 1);

    /// <summary>The limits of a practice that set none: the longest there are.</summary>
    public static readonly AccessSettings LongestLimits = new(15, 12);

    /// <summary>How long before its end people are reminded of it, in days.</summary>
    public static readonly ImmutableArray<int> NoticeDays = [30, 7];

    /// <summary>The request in its normal form.</summary>
    /// <param name="asked">As asked.</param>
    /// <param name="today">The practice's day.</param>
    public static RecordBaa Normalise(RecordBaa asked, DateOnly today)
    {
        var hash = Check.Text(asked.DocumentHash, "/documentHash", 64, 64);
        if (!hash.All(char.IsAsciiHexDigitLower)) throw Check.Invalid("/documentHash", "This is the SHA-256 of the signed document, as 64 lower-case hex digits.");
        if (asked.EffectiveOn < s_earliest || asked.EffectiveOn > s_latest) throw Check.Invalid("/effectiveOn", "This day is not one an agreement can begin on.");
        if (asked.EndsOn is { } end && (end < asked.EffectiveOn || end > s_latest))
            throw Check.Invalid("/endsOn", "The last day is the first or a later one.");
        if (asked.EndsOn < today) throw Check.Invalid("/endsOn", "This agreement is over already.");
        var signers = Signers(asked.Signers, today);
        var contacts = Items(asked.Contacts, "/contacts", 1);
        return new RecordBaa(
            hash,
            signers,
            asked.EffectiveOn,
            asked.EndsOn,
            Check.Range(asked.NotificationHours, "/notificationHours", 1, MaxNotificationHours),
            [.. contacts.Select(Contact)]);
    }

    /// <summary>The request in its normal form.</summary>
    public static EndBaa Normalise(EndBaa asked) => new(
        asked.EndsOn >= s_earliest.AddDays(-1) ? asked.EndsOn : throw Check.Invalid("/endsOn", "This day is not one an agreement can end on."),
        Check.Text(asked.Reason, "/reason", 1, 500, multiline: true));

    /// <summary>The request in its normal form.</summary>
    public static AccessSettings Normalise(AccessSettings asked) => new(
        Check.Range(asked.IdleMinutes, "/idleMinutes", 5, 15), Check.Range(asked.AbsoluteHours, "/absoluteHours", 1, 12));

    /// <summary>Where the practice stands at this moment.</summary>
    public static BaaStatus StatusOf(ImmutableArray<StoredAgreement> agreements, DateTimeOffset now)
    {
        var status = BaaStatus.None;
        foreach (var agreement in agreements.Where(agreement => !agreement.NeverBegan))
        {
            switch (PhaseOf(agreement.Record, now))
            {
                case AgreementPhase.InForce: return BaaStatus.InForce;
                case AgreementPhase.Over: status = BaaStatus.Ended; break;
                default: break;
            }
        }

        return status;
    }

    /// <summary>What the practice's record shows.</summary>
    public static PracticeBaa View(ImmutableArray<StoredAgreement> agreements, DateTimeOffset now)
    {
        var shown = agreements
            .Where(agreement => !agreement.NeverBegan)
            .Select(agreement => agreement.Record)
            .OrderBy(record => PhaseOf(record, now) switch { AgreementPhase.InForce => 0, AgreementPhase.ToCome => 1, _ => 2 })
            .ThenBy(record => PhaseOf(record, now) is AgreementPhase.ToCome ? record.Terms.EffectiveOn.DayNumber : -record.Terms.EffectiveOn.DayNumber)
            .FirstOrDefault();
        return new PracticeBaa(StatusOf(agreements, now), shown);
    }

    /// <summary>With one more agreement; the oldest that are over make room.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/>: so many are in force or to come that something is wrong.</exception>
    public static ImmutableArray<StoredAgreement> Add(ImmutableArray<StoredAgreement> agreements, AgreementRecord record, DateTimeOffset now)
    {
        if (agreements.Length < MaxKept) return agreements.Add(new StoredAgreement(record));
        var oldest = agreements.FirstOrDefault(agreement => agreement.EndRecorded && PhaseOf(agreement.Record, now) is AgreementPhase.Over)
            ?? throw new DomainException(ErrorCode.Conflict, "This practice has too many agreements on record. End one of them first.");
        return agreements.Remove(oldest).Add(new StoredAgreement(record));
    }

    /// <summary>With the last day set for what is in force, and for what was to follow.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Conflict"/> when there is none, or all end sooner.</exception>
    public static ImmutableArray<StoredAgreement> End(ImmutableArray<StoredAgreement> agreements, EndBaa command, Guid approval, DateTimeOffset now)
    {
        var changed = false;
        var next = agreements.ToBuilder();
        for (var i = 0; i < next.Count; i++)
        {
            var record = next[i].Record;
            var phase = PhaseOf(record, now);
            if (phase is AgreementPhase.Over || record.Terms.EndsOn <= command.EndsOn) continue;
            changed = true;
            var neverBegan = phase is AgreementPhase.ToCome && command.EndsOn < record.Terms.EffectiveOn;
            next[i] = new StoredAgreement(
                record with { Terms = record.Terms with { EndsOn = command.EndsOn }, EndedUnder = approval, EndReason = command.Reason },
                EndRecorded: neverBegan,
                neverBegan);
        }

        return changed
            ? next.ToImmutable()
            : throw new DomainException(ErrorCode.Conflict, "No agreement is in force or to come that ends later than this.", "/endsOn");
    }

    /// <summary>What has become due: agreements whose end must go on the log, and the state when it has.</summary>
    public static (ImmutableArray<StoredAgreement> Next, ImmutableArray<AgreementRecord> Ended) RecordEnds(
        ImmutableArray<StoredAgreement> agreements, DateTimeOffset now)
    {
        var ended = ImmutableArray.CreateBuilder<AgreementRecord>();
        var next = agreements.ToBuilder();
        for (var i = 0; i < next.Count; i++)
        {
            if (next[i].EndRecorded || PhaseOf(next[i].Record, now) is not AgreementPhase.Over) continue;
            ended.Add(next[i].Record);
            next[i] = next[i] with { EndRecorded = true };
        }

        return (next.ToImmutable(), ended.ToImmutable());
    }

    /// <summary>When an agreement is over, by its last day; null when it has none.</summary>
    public static DateTimeOffset? OverAt(AgreementRecord record)
    {
        if (record.Terms.EndsOn is not { } end) return null;
        var midnight = end.AddDays(1).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, TimeZoneInfo.FindSystemTimeZoneById(record.TimeZone).GetUtcOffset(midnight)).ToUniversalTime();
    }

    /// <summary>Reminders that have become due: of agreements in force that nothing follows, each once per <see cref="NoticeDays"/>.</summary>
    public static ImmutableArray<EndingAgreement> Endings(ImmutableArray<StoredAgreement> agreements, DateTimeOffset now) =>
    [
        .. agreements
            .Where(agreement => PhaseOf(agreement.Record, now) is AgreementPhase.InForce)
            .Where(agreement => !agreements.Any(other => Follows(other, agreement.Record)))
            .Select(agreement => (agreement, Due: NoticeDue(agreement.Record, now)))
            .Where(found => found.Due < (found.agreement.NoticeGiven ?? int.MaxValue))
            .Select(found => new EndingAgreement(found.agreement.Record, found.Due!.Value)),
    ];

    /// <summary>With a reminder given.</summary>
    public static ImmutableArray<StoredAgreement> WithNotice(ImmutableArray<StoredAgreement> agreements, EndingAgreement ending) =>
        [.. agreements.Select(agreement => agreement.Record.Id == ending.Record.Id ? agreement with { NoticeGiven = ending.Days } : agreement)];

    /// <summary>Whether there is anything to wait for.</summary>
    public static bool HasMoreToCome(ImmutableArray<StoredAgreement> agreements) =>
        agreements.Any(agreement => !agreement.EndRecorded && agreement.Record.Terms.EndsOn is not null);

    /// <summary>How long until the next day of an agreement's zone begins, and with it what may be due.</summary>
    public static TimeSpan UntilTomorrow(DateTimeOffset now, string timeZone)
    {
        var today = PracticeRules.Today(now, timeZone);
        // Days are of 23 to 25 hours, and some have no midnight: the first whole minute whose day is another.
        var (low, high) = (0, 26 * 60);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (PracticeRules.Today(now.AddMinutes(middle), timeZone) > today) high = middle;
            else low = middle;
        }

        return TimeSpan.FromMinutes(high);
    }

    /// <summary>Whether an agreement has begun, and is not over.</summary>
    public static AgreementPhase PhaseOf(AgreementRecord record, DateTimeOffset now)
    {
        var today = PracticeRules.Today(now, record.TimeZone);
        if (record.Terms.EndsOn < today || record.Terms.EndsOn < record.Terms.EffectiveOn) return AgreementPhase.Over;
        return record.Terms.EffectiveOn <= today ? AgreementPhase.InForce : AgreementPhase.ToCome;
    }

    private static bool Follows(StoredAgreement other, AgreementRecord ending) =>
        !other.NeverBegan
        && other.Record.Id != ending.Id
        && other.Record.Terms.EffectiveOn <= ending.Terms.EndsOn?.AddDays(1)
        && (other.Record.Terms.EndsOn is not { } end || end > ending.Terms.EndsOn);

    private static int? NoticeDue(AgreementRecord record, DateTimeOffset now)
    {
        if (record.Terms.EndsOn is not { } end) return null;
        var left = end.DayNumber - PracticeRules.Today(now, record.TimeZone).DayNumber;
        int? due = null;
        foreach (var days in NoticeDays)
        {
            if (left <= days) due = days;
        }

        return due;
    }

    private static ImmutableArray<BaaSigner> Signers(ImmutableArray<BaaSigner> asked, DateOnly today)
    {
        var signers = Items(asked, "/signers", 2).Select((signer, i) => new BaaSigner(
            Check.Text(signer.Name, $"/signers/{i}/name", 1, 120),
            Check.Text(signer.Title, $"/signers/{i}/title", 1, 120),
            Check.Text(signer.Party, $"/signers/{i}/party", 1, 120),
            signer.SignedOn >= s_earliest.AddYears(-1) && signer.SignedOn <= today.AddDays(1)
                ? signer.SignedOn
                : throw Check.Invalid($"/signers/{i}/signedOn", "An executed agreement was signed on a day that has been."))).ToImmutableArray();
        return signers.DistinctBy(signer => signer.Party, StringComparer.OrdinalIgnoreCase).Skip(1).Any()
            ? signers
            : throw Check.Invalid("/signers", "An executed agreement is signed by both parties.");
    }

    private static BaaContact Contact(BaaContact contact, int i)
    {
        var email = Check.OptionalText(contact.Email, $"/contacts/{i}/email", 254) ?? "";
        var phone = Check.OptionalText(contact.Phone, $"/contacts/{i}/phone", 40) ?? "";
        if (email.Length == 0 && phone.Length == 0) throw Check.Invalid($"/contacts/{i}", "A contact has an e-mail address or a telephone number.");
        return new BaaContact(
            Check.Text(contact.Name, $"/contacts/{i}/name", 1, 120), Check.Text(contact.Role, $"/contacts/{i}/role", 1, 120), email, phone);
    }

    private static ImmutableArray<T> Items<T>(ImmutableArray<T> items, string pointer, int min)
        where T : class
    {
        if (items.IsDefault || items.Length < min || items.Length > 10 || items.Contains(null!))
            throw Check.Invalid(pointer, $"This list has {min} to 10 items.");
        return items;
    }
}

/// <summary>An agreement that ends soon.</summary>
/// <param name="Days">The time before its end that was reached, in days.</param>
internal sealed record EndingAgreement(AgreementRecord Record, int Days);

/// <summary>Where an agreement is in its life.</summary>
internal enum AgreementPhase
{
    /// <summary>Its first day is still to come.</summary>
    ToCome,

    /// <summary>In force.</summary>
    InForce,

    /// <summary>Its last day has been, or was set before its first.</summary>
    Over,
}
