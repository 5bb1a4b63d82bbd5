using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Incidents;

/// <summary>What may be reported and done.</summary>
internal static class IncidentRules
{
    /// <summary>The most entries of a timeline.</summary>
    public const int MaxEntries = 1000;

    // Clocks of machines that report differ by a little.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The report in its normal form.</summary>
    public static ReportIncident Normalize(ReportIncident asked, DateTimeOffset now)
    {
        if (asked.DiscoveredAt is { } discovered && (discovered > now + ClockSkew || discovered < Earliest))
            throw Check.Invalid("/discoveredAt", "Discovery is the first moment anyone knew: not in the future, and 2000 or later.");
        return new ReportIncident(
            Check.Defined(asked.Category, "/category"),
            Check.Text(asked.Summary, "/summary", 1, 200),
            Check.OptionalText(asked.Description, "/description", 4000, multiline: true),
            asked.DiscoveredAt);
    }

    /// <summary>The series its number comes from.</summary>
    public static string SeriesOf(DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"incident-{now.UtcDateTime.Year:D4}");

    /// <summary>A new incident. Discovery starts every deadline, so it is never later than the report.</summary>
    public static IncidentRecord Report(Guid id, long number, ReportIncident asked, Guid by, DateTimeOffset now)
    {
        var discovered = asked.DiscoveredAt is { } at && at < now ? at.ToUniversalTime() : now;
        return new IncidentRecord(
            id,
            string.Create(CultureInfo.InvariantCulture, $"INC-{now.UtcDateTime.Year:D4}-{number:D4}"),
            IncidentStatus.Reported,
            asked.Category,
            null,
            asked.Summary,
            asked.Description,
            discovered,
            now,
            by,
            [],
            1);
    }

    /// <summary>Classified.</summary>
    public static (IncidentRecord Record, string Reason) Classify(IncidentRecord record, ClassifyIncident asked, int expectedVersion)
    {
        Check.Defined(asked.Severity, "/severity");
        var reason = Check.Text(asked.Reason, "/reason", 1, 500);
        return (Step(record, IncidentAction.Classify, expectedVersion) with { Severity = asked.Severity }, reason);
    }

    /// <summary>Closed.</summary>
    public static (IncidentRecord Record, string Resolution) Close(IncidentRecord record, CloseIncident asked, int expectedVersion)
    {
        var resolution = Check.Text(asked.Resolution, "/resolution", 1, 2000, multiline: true);
        return (Step(record, IncidentAction.Close, expectedVersion), resolution);
    }

    /// <summary>With what an audit record tells put on the timeline.</summary>
    public static IncidentRecord Tell(IncidentRecord record, AuditRecord fact, string? text) => record with
    {
        Timeline = record.Timeline.Add(new IncidentEntry(fact.Event, fact.Time, fact.ActorId, text, fact.Id)),
    };

    private static IncidentRecord Step(IncidentRecord record, IncidentAction action, int expectedVersion)
    {
        Check.Version(expectedVersion, record.Version);
        if (IncidentLife.Next(record.Status, action) is not { } next)
            throw new DomainException(ErrorCode.Conflict, Refusal(record.Status, action));
        if (record.Timeline.Length >= MaxEntries && action != IncidentAction.Close)
            throw new DomainException(ErrorCode.Conflict, "This incident's timeline is full. Close it and report another.");
        return record with { Status = next, Version = record.Version + 1 };
    }

    private static string Refusal(IncidentStatus status, IncidentAction action) => (status, action) switch
    {
        (IncidentStatus.Closed, _) => "This incident is closed. Report another.",
        (_, IncidentAction.Close) => "Classify the incident before you close it.",
        _ => "The incident's state does not allow this now.",
    };
}
