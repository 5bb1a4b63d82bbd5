using static JamEmr.Audit.AuditAction;
using static JamEmr.Audit.AuditEventFields;

namespace JamEmr.Audit;

/// <content>The service, the log itself, incidents.</content>
public static partial class AuditEvents
{
#pragma warning disable CS1591 // each event says what it is in its description
    public static readonly AuditEvent ServiceStarted = new(
        "service.started", Execute, "service", "The service started, with this version, policy and configuration.",
        "detail.version", "detail.configuration");
    public static readonly AuditEvent ServiceStopped = new("service.stopped", Execute, "service", "The service stopped in order.", "detail.version");
    public static readonly AuditEvent ServiceConfigured = new(
        "service.configured", Update, "service", "The service started with another configuration than the last time.",
        "detail.configuration", "detail.previous");
    public static readonly AuditEvent ServiceBackedUp = new(
        "service.backed-up", Read, "service", "A backup of the service's data was begun.", "detail.backup");
    public static readonly AuditEvent ServiceRestored = new(
        "service.restored", Execute, "service", "The service's data was restored from a backup of this moment; what was recorded after it is not here.",
        "detail.backup", "detail.moment");
    public static readonly AuditEvent ServiceMoved = new(
        "service.moved", Execute, "service", "The service's data was moved to another database and proven to be the same; the content is the hash of its states.",
        Content, "detail.states");

    public static readonly AuditEvent ConfigurationChanged = new(
        "configuration.changed", Update, "configuration", "A setting was changed while the service ran.",
        "detail.before", "detail.after");

    public static readonly AuditEvent AuditRead = new("audit.read", Read, "audit", "The audit log was read.", "detail.conditions");
    public static readonly AuditEvent AuditExported = new(
        "audit.exported", Read, "audit", "Records of the audit log were exported.",
        "detail.format", "detail.conditions");
    public static readonly AuditEvent AuditFollowed = new("audit.followed", Read, "audit", "The audit log was followed as it grew.", "detail.from");
    public static readonly AuditEvent AuditCounted = new(
        "audit.counted", Read, "audit", "Records of the audit log were counted.",
        "detail.conditions");
    public static readonly AuditEvent AuditArchived = new(
        "audit.archived", Execute, "audit", "Old records went from the log to an archive; the content is the root of the tree they are.",
        Content, "detail.upTo");
    public static readonly AuditEvent AuditHoldPlaced = new(
        "audit.hold-placed", Create, "audit-hold", "A legal hold was placed: nothing goes to an archive.");
    public static readonly AuditEvent AuditHoldLifted = new("audit.hold-lifted", Delete, "audit-hold", "A legal hold was lifted.");
    public static readonly AuditEvent CheckpointKeyRotated = new(
        "audit.checkpoint-key-rotated", Update, "checkpoint-key", "Checkpoints are signed with another key from now on.",
        "detail.before", "detail.after");
    public static readonly AuditEvent AuditAlarmRaised = new("audit.alarm-raised", Execute, "audit", "The audit log raised an alarm.", Reason);
    public static readonly AuditEvent RecordUnreadable = new(
        "audit.record-unreadable", Execute, "audit", "Something was to be recorded that names no event; the detail has its hash.", "detail.reduced", "detail.reduced_sha256");
    public static readonly AuditEvent AuditAlarmCleared = new("audit.alarm-cleared", Execute, "audit", "An alarm of the audit log is over.", Reason);

    public static readonly AuditEvent IncidentReported = new(
        "incident.reported", Create, "incident", "An incident was reported.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentRead = new(
        "incident.read", Read, "incident", "An incident was read.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentsListed = new(
        "incident.listed", Read, "incident", "Incidents were listed.",
        Content, "detail.count", "detail.incidents");
    public static readonly AuditEvent IncidentClassified = new(
        "incident.classified", Update, "incident", "An incident was classified.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentClosed = new(
        "incident.closed", Update, "incident", "An incident was closed.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentAcknowledged = new(
        "incident.acknowledged", Update, "incident", "An incident was acknowledged.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentTriaged = new(
        "incident.triaged", Update, "incident", "An incident was triaged.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentContained = new(
        "incident.contained", Update, "incident", "An incident was contained.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentRecovering = new(
        "incident.recovering", Update, "incident", "Recovery from an incident began.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentResolved = new(
        "incident.resolved", Update, "incident", "An incident was resolved.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentReviewed = new(
        "incident.reviewed", Update, "incident", "An incident was reviewed.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
    public static readonly AuditEvent IncidentTimelineAdded = new(
        "incident.timeline-added", Update, "incident", "Something was added to an incident's timeline.",
        Content, "detail.number", "detail.status", "detail.category", "detail.severity", "detail.version");
#pragma warning restore CS1591
}
