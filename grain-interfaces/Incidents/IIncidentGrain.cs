using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Incidents;

/// <summary>An incident. Key <c>{practice}/{incident}</c>. Life: DESIGN.md, Incidents.</summary>
[Alias("jamemr.incident")]
public interface IIncidentGrain : IGrainWithStringKey
{
    /// <summary>Reports it; discovery is the first moment anyone knew. Repeating the same request gives the same answer.</summary>
    [Requires(Permission.ReportIncident), Alias("report")]
    Task<IncidentRecord> ReportAsync(ReportIncident command);

    /// <summary>The incident with its timeline.</summary>
    [Requires(Permission.ReadIncidents), Alias("get")]
    Task<IncidentRecord> GetAsync();

    /// <summary>Sets severity and triages. May be repeated until closed; each time is on the timeline.</summary>
    [Requires(Permission.ManageIncidents), Alias("classify")]
    Task<IncidentRecord> ClassifyAsync(ClassifyIncident command, int expectedVersion);

    /// <summary>Closes a triaged incident.</summary>
    [Requires(Permission.ManageIncidents), Alias("close")]
    Task<IncidentRecord> CloseAsync(CloseIncident command, int expectedVersion);

    /// <summary>The incident, for another grain's work; null when never reported. Answers while the incident waits for its registry.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<IncidentRecord?> PeekAsync();
}

/// <summary>An incident's state.</summary>
public enum IncidentStatus
{
    /// <summary>Somebody said so.</summary>
    Reported = 0,

    /// <summary>An officer has seen it.</summary>
    Acknowledged = 1,

    /// <summary>Classified.</summary>
    Triaged = 2,

    /// <summary>It can do no more harm.</summary>
    Contained = 3,

    /// <summary>Being repaired.</summary>
    Recovering = 4,

    /// <summary>Repaired.</summary>
    Resolved = 5,

    /// <summary>Lessons drawn.</summary>
    Reviewed = 6,

    /// <summary>Done.</summary>
    Closed = 7,
}

/// <summary>How bad.</summary>
public enum IncidentSeverity
{
    /// <summary>Minor.</summary>
    Low = 0,

    /// <summary>Limited.</summary>
    Medium = 1,

    /// <summary>Serious.</summary>
    High = 2,

    /// <summary>Worst.</summary>
    Critical = 3,
}

/// <summary>What kind.</summary>
public enum IncidentCategory
{
    /// <summary>Somebody saw or used data without right.</summary>
    UnauthorizedAccess = 0,

    /// <summary>A credential was lost or stolen.</summary>
    CredentialCompromise = 1,

    /// <summary>Data went where it should not.</summary>
    Disclosure = 2,

    /// <summary>Data was lost or damaged.</summary>
    DataLoss = 3,

    /// <summary>Service was not there.</summary>
    Availability = 4,

    /// <summary>Malicious software.</summary>
    Malware = 5,

    /// <summary>The AI said what was not so.</summary>
    AiSafety = 6,

    /// <summary>Anything else.</summary>
    Other = 7,
}

/// <summary>Reports an incident.</summary>
/// <param name="Summary">1–200 characters; no patient data.</param>
/// <param name="Description">Up to 4,000 characters.</param>
/// <param name="DiscoveredAt">When it was first known; not in the future; null for now.</param>
[GenerateSerializer, Immutable, Alias("jamemr.incident.report")]
public sealed record ReportIncident(
    [property: Id(0)] IncidentCategory Category,
    [property: Id(1)] string Summary,
    [property: Id(2)] string? Description = null,
    [property: Id(3)] DateTimeOffset? DiscoveredAt = null);

/// <summary>Classifies an incident.</summary>
/// <param name="Reason">1–500 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.incident.classify")]
public sealed record ClassifyIncident([property: Id(0)] IncidentSeverity Severity, [property: Id(1)] string Reason);

/// <summary>Closes an incident.</summary>
/// <param name="Resolution">1–2,000 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.incident.close")]
public sealed record CloseIncident([property: Id(0)] string Resolution);

/// <summary>A step of an incident; the audit record is the truth, this is its picture.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.incident.entry")]
public sealed record IncidentEntry(
    [property: Id(0)] string Event,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] Guid By,
    [property: Id(3)] string? Text,
    [property: Id(4)] Guid AuditRecord);

/// <summary>An incident.</summary>
/// <param name="Number">Short form, such as INC-2026-0007.</param>
/// <param name="DiscoveredAt">First knowledge: the start of every deadline; never moved later.</param>
[GenerateSerializer, Immutable, Alias("jamemr.incident.record")]
public sealed record IncidentRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Number,
    [property: Id(2)] IncidentStatus Status,
    [property: Id(3)] IncidentCategory Category,
    [property: Id(4)] IncidentSeverity? Severity,
    [property: Id(5)] string Summary,
    [property: Id(6)] string? Description,
    [property: Id(7)] DateTimeOffset DiscoveredAt,
    [property: Id(8)] DateTimeOffset ReportedAt,
    [property: Id(9)] Guid ReportedBy,
    [property: Id(10)] ImmutableArray<IncidentEntry> Timeline,
    [property: Id(11)] int Version);

/// <summary>A practice's incidents, newest first. Key <c>{practice}/incidents</c>.</summary>
[Alias("jamemr.incident-registry")]
public interface IIncidentRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds an incident; repeating changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid incident);

    /// <summary>Incidents, newest first.</summary>
    [Requires(Permission.ReadIncidents), Alias("list")]
    Task<Page<IncidentRecord>> ListAsync(PageRequest page);
}
