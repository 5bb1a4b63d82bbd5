using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>A FHIR Coding.</summary>
internal sealed record Coding(string System, string Code, string Display);

/// <summary>
/// What our codes are in the code systems of FHIR R4 and DICOM: the types of the "Basic Audit Log Patterns" (IHE BALP), which DICOM PS3.15 A.5
/// gave the security events.
/// </summary>
internal static class FhirCodes
{
    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    private const string EntityTypes = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    private const string Roles = "http://terminology.hl7.org/CodeSystem/object-role";
    private const string Interactions = "http://hl7.org/fhir/restful-interaction";
    private const string Resources = "http://hl7.org/fhir/resource-types";

    /// <summary>Where data goes.</summary>
    public static readonly Coding Destination = new(Dicom, "110152", "Destination Role ID");

    /// <summary>Where data comes from.</summary>
    public static readonly Coding Origin = new(Dicom, "110153", "Source Role ID");

    /// <summary>The person or program that asked.</summary>
    public static readonly Coding Asker = new("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient");

    /// <summary>That somebody acted under an emergency access.</summary>
    public static readonly Coding BreakTheGlass = new("http://terminology.hl7.org/CodeSystem/v3-ActReason", "BTG", "break the glass");

    /// <summary>What kind of system recorded it.</summary>
    public static readonly Coding Server = new("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server");

    /// <summary>A person.</summary>
    public static readonly Coding Person = new(EntityTypes, "1", "Person");

    /// <summary>Something of the system.</summary>
    public static readonly Coding SystemObject = new(EntityTypes, "2", "System Object");

    /// <summary>The patient's part in it.</summary>
    public static readonly Coding PatientRole = new(Roles, "1", "Patient");

    /// <summary>The part of what was read or changed.</summary>
    public static readonly Coding ResourceRole = new(Roles, "4", "Domain Resource");

    /// <summary>The part of an object of the system.</summary>
    public static readonly Coding SecurityResource = new(Roles, "13", "Security Resource");

    /// <summary>The part of a question.</summary>
    public static readonly Coding QueryRole = new(Roles, "24", "Query");

    /// <summary>The request that something was part of (BALP).</summary>
    public static readonly Coding Request = new("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId", "X-Request-Id");

    /// <summary>The event of a record; made from the record where this version's catalogue lacks it, as after a return to an older version.</summary>
    public static AuditEvent EventOf(AuditRecord record) => AuditEvents.All.TryGetValue(record.Event, out var what)
        ? what
        : new AuditEvent(record.Event.Contains('.', StringComparison.Ordinal) ? record.Event : $"unknown.{record.Event}", record.Action, record.EntityType, record.Event);

    /// <summary>AuditEvent.type.</summary>
    public static Coding TypeOf(AuditEvent what) => what switch
    {
        { Code: "audit.exported" } or { Code: "patient.exported" } or { Code: "note.exported" } or { Category: "disclosure", Action: AuditAction.Create } =>
            new(Dicom, "110106", "Export"),
        { Category: "audit" } => new(Dicom, "110101", "Audit Log Used"),
        { Category: "session" } => new(Dicom, "110114", "User Authentication"),
        { Category: "service" } => new(Dicom, "110100", "Application Activity"),
        { Category: "access" or "user" or "token" or "approval" or "policy" or "role" or "break-glass" or "setup" or "configuration" or "incident" } =>
            new(Dicom, "110113", "Security Alert"),
        { Code: "patient.searched" } or { Code: "patient.listed" } => new(Dicom, "110112", "Query"),
        _ => new("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation"),
    };

    /// <summary>The first subtype: which kind of interaction it was.</summary>
    public static Coding InteractionOf(AuditEvent what) => what.Action switch
    {
        AuditAction.Create => new(Interactions, "create", "create"),
        AuditAction.Read when IsList(what) => new(Interactions, "search-type", "search-type"),
        AuditAction.Read => new(Interactions, "read", "read"),
        AuditAction.Update => new(Interactions, "update", "update"),
        AuditAction.Delete => new(Interactions, "delete", "delete"),
        _ => new(Interactions, "operation", "operation"),
    };

    /// <summary>The second subtype: our own event.</summary>
    public static Coding EventOf(AuditEvent what) => new("urn:jamemr:audit-event", what.Code, what.Description);

    /// <summary>AuditEvent.action.</summary>
    public static string ActionOf(AuditAction action) => action switch
    {
        AuditAction.Create => "C",
        AuditAction.Read => "R",
        AuditAction.Update => "U",
        AuditAction.Delete => "D",
        _ => "E",
    };

    /// <summary>AuditEvent.outcome: what was refused is a minor failure, what broke is a serious one.</summary>
    public static string OutcomeOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Success => "0",
        AuditOutcome.Refused => "4",
        _ => "8",
    };

    /// <summary>The FHIR resource that a kind of thing of ours would be, or a system object.</summary>
    public static Coding EntityTypeOf(string entityType) => ResourceOf(entityType) is { } resource ? new(Resources, resource, resource) : SystemObject;

    /// <summary>The resource type of a kind of thing of ours, or null.</summary>
    public static string? ResourceOf(string entityType) => entityType switch
    {
        "patient" => "Patient",
        "chart" => "Composition",
        "appointment" => "Appointment",
        "schedule" => "Schedule",
        "encounter" => "Encounter",
        "transcript" or "note" => "DocumentReference",
        "audio" => "Media",
        "disclosure" => "AuditEvent",
        "user" => "Practitioner",
        "token" => "Device",
        "practice" => "Organization",
        _ => null,
    };

    /// <summary>A role of ours.</summary>
    public static Coding RoleOf(Role role) => new("urn:jamemr:role", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(role.ToString()), role.ToString());

    private static bool IsList(AuditEvent what) => what.Code.EndsWith("listed", StringComparison.Ordinal) || what.Code.EndsWith("searched", StringComparison.Ordinal);
}
