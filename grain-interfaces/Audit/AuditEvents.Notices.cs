using static JamEmr.Audit.AuditAction;
using static JamEmr.Audit.AuditEventFields;

namespace JamEmr.Audit;

/// <content>Notices, restricted charts and the review of emergency access.</content>
public static partial class AuditEvents
{
#pragma warning disable CS1591 // each event says what it is in its description
    public static readonly AuditEvent NoticeGiven = new(
        "notice.given", Create, "notice", "People of certain roles were given notice; the detail names them and what it is about.",
        Content, "detail.kind", "detail.for", "detail.about");
    public static readonly AuditEvent NoticesListed = new("notice.listed", Read, "notice", "Notices were listed.", Content, "detail.count");
    public static readonly AuditEvent NoticeAcknowledged = new(
        "notice.acknowledged", Update, "notice", "A person said that they heard of a notice.",
        Content, "detail.kind", "detail.roles");
    public static readonly AuditEvent NoticeDropped = new(
        "notice.dropped", Delete, "notice", "A notice made room for newer ones before everybody it was to had heard of it.",
        Reason, "detail.kind", "detail.for", "detail.about");

    public static readonly AuditEvent ChartRestricted = new(
        "chart.restricted", Update, "chart", "A chart was restricted to its care team, or its care team changed.",
        Patient, Content, "detail.restriction", "detail.careTeam", "detail.version");
    public static readonly AuditEvent ChartReleased = new(
        "chart.released", Update, "chart", "The restriction of a chart ended.",
        Patient, Content, "detail.before", "detail.version");
    public static readonly AuditEvent RestrictionRead = new(
        "chart.restriction-read", Read, "chart", "The restriction of a chart was read.",
        Patient, Content, "detail.version");

    public static readonly AuditEvent BreakGlassRead = new(
        "break-glass.read", Read, "break-glass", "The record of an emergency access was read.",
        Patient, Content);
    public static readonly AuditEvent BreakGlassListed = new(
        "break-glass.listed", Read, "break-glass", "Emergency accesses were listed.",
        Content, "detail.count");
    public static readonly AuditEvent BreakGlassOverdue = new(
        "break-glass.review-overdue", Execute, "break-glass", "An emergency access was not reviewed in time; the Security Officer was given notice.",
        Patient, "detail.dueAt");
#pragma warning restore CS1591
}
