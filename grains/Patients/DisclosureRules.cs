using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Patients;

/// <summary>The accounting of disclosures: 45 CFR 164.528. Pure.</summary>
internal static class DisclosureRules
{
    /// <summary>The most disclosures of a patient.</summary>
    public const int MaxDisclosures = 2000;

    /// <summary>How far back a patient may ask, 164.528(a)(1).</summary>
    public const int AccountedYears = 6;

    /// <summary>How long a suspension lasts that was only asked for by word of mouth, 164.528(a)(2)(ii)(C).</summary>
    public const int OralDays = 30;

    private const int LongestSuspensionDays = 3660;
    private static readonly DateOnly PrivacyRule = new(2003, 4, 14);

    /// <summary>A disclosure in normal form.</summary>
    public static RecordDisclosure Normalise(RecordDisclosure asked, DateOnly today)
    {
        // A day of grace: somewhere it is tomorrow already.
        if (asked.Date < PrivacyRule || asked.Date > today.AddDays(1))
            throw Check.Invalid("/date", "The date is 2003-04-14 or later and not in the future.");
        return new RecordDisclosure(
            asked.Date,
            Check.Text(asked.Recipient, "/recipient", 1, 200),
            Check.OptionalText(asked.Address, "/address", 500, multiline: true),
            Check.Text(asked.Description, "/description", 1, 2000, multiline: true),
            Check.Text(asked.Purpose, "/purpose", 1, 2000, multiline: true));
    }

    /// <summary>A suspension in normal form.</summary>
    public static SuspendDisclosure Normalise(SuspendDisclosure asked, DateOnly today)
    {
        var longest = asked.Written ? LongestSuspensionDays : OralDays;
        if (asked.Until < today || asked.Until > today.AddDays(longest))
        {
            throw Check.Invalid("/until", asked.Written
                ? "The last day is today or later, and within ten years."
                : "Without a written statement, a suspension lasts at most 30 days from today.");
        }

        return asked with { Statement = Check.Text(asked.Statement, "/statement", 1, 2000, multiline: true) };
    }

    /// <summary>With a disclosure; null when the same is on record.</summary>
    public static DisclosureState? Record(DisclosureState state, DisclosureRecord disclosure)
    {
        if (state.Items.FirstOrDefault(d => d.Id == disclosure.Id) is { } known)
        {
            return known.Content == disclosure.Content
                ? null
                : throw new DomainException(ErrorCode.Conflict, "Another disclosure has this identifier.");
        }

        if (state.Items.Length >= MaxDisclosures)
            throw new DomainException(ErrorCode.Conflict, "This patient has as many disclosures on record as there can be.");
        return new DisclosureState(state.Items.Add(disclosure));
    }

    /// <summary>With a disclosure suspended.</summary>
    public static DisclosureState Suspend(DisclosureState state, Guid id, DisclosureSuspension suspension)
    {
        var known = Find(state, id);
        var next = known.Suspension is { } before && !suspension.Content.Written ? AfterWord(before, suspension) : suspension;
        return new DisclosureState(state.Items.Replace(known, known with { Suspension = next }));
    }

    // 164.528(a)(2)(ii): what was only said suspends for 30 days in all, and never shortens what was written.
    private static DisclosureSuspension AfterWord(DisclosureSuspension before, DisclosureSuspension asked)
    {
        if (before.Content.Written)
        {
            return before.Content.Until < asked.Content.Until
                ? asked
                : throw new DomainException(ErrorCode.Conflict, "A written statement suspends it for as long already.");
        }

        return asked.Content.Until <= before.Since.AddDays(OralDays)
            ? asked with { Since = before.Since }
            : throw Check.Invalid("/until", "Without a written statement, a suspension lasts at most 30 days from the first time it was asked for.");
    }

    /// <summary>A disclosure by id.</summary>
    public static DisclosureRecord Find(DisclosureState state, Guid id) => state.Items.FirstOrDefault(d => d.Id == id)
        ?? throw new DomainException(ErrorCode.NotFound, "This patient has no such disclosure on record.");

    /// <summary>The period with both ends.</summary>
    public static DisclosurePeriod Bounded(DisclosurePeriod period, DateOnly today)
    {
        var earliest = today.AddYears(-AccountedYears);
        var from = period.From ?? earliest;
        var to = period.To ?? today.AddDays(1);
        if (from > to) throw Check.Invalid("/to", "The last day is not before the first.");
        return period with { From = period.ForPatient && from < earliest ? earliest : from, To = to };
    }

    /// <summary>What is listed, by date and then in the order of recording, after a position; and the position of the next page.</summary>
    public static (ImmutableArray<DisclosureRecord> Page, string? Next) List(
        DisclosureState state, DisclosurePeriod period, DateOnly today, string? after, int limit)
    {
        var listed = state.Items
            .Where(d => d.Content.Date >= period.From && d.Content.Date <= period.To && !(period.ForPatient && d.Suspension?.Content.Until >= today))
            .OrderBy(PositionOf, StringComparer.Ordinal)
            .SkipWhile(d => after is not null && string.CompareOrdinal(PositionOf(d), after) <= 0)
            .Take(limit + 1)
            .ToList();
        return ([.. listed.Take(limit)], listed.Count > limit ? PositionOf(listed[limit - 1]) : null);
    }

    // Ids are UUIDv7, so they sort by when they were given.
    private static string PositionOf(DisclosureRecord disclosure) =>
        string.Create(CultureInfo.InvariantCulture, $"{disclosure.Content.Date:yyyy-MM-dd} {disclosure.Id:D}");
}
