using System.Collections.Frozen;

namespace JamEmr.Audit;

/// <summary>What an audit event is.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Action">FHIR AuditEvent.action.</param>
/// <param name="EntityType">What it concerns.</param>
public sealed record AuditEvent(string Code, AuditAction Action, string EntityType, string Description);

/// <summary>The catalogue: every auditable action. Codes are never changed or used again.</summary>
public static class AuditEvents
{
#pragma warning disable CS1591 // each event says what it is in its description
    public static readonly AuditEvent AccessRefused = new("access.refused", AuditAction.Execute, "call", "A call was refused by the policy.");
    public static readonly AuditEvent SetupCodeIssued = new("setup.code-issued", AuditAction.Create, "setup", "A one-time set-up code was issued.");
    public static readonly AuditEvent SetupRefused = new("setup.refused", AuditAction.Execute, "setup", "A set-up code was refused.");
    public static readonly AuditEvent PracticeFounded = new("practice.founded", AuditAction.Create, "practice", "A practice was founded.");
    public static readonly AuditEvent PracticeRead = new("practice.read", AuditAction.Read, "practice", "The practice's record was read.");
    public static readonly AuditEvent PracticeUpdated = new("practice.updated", AuditAction.Update, "practice", "The practice's record was changed.");
    public static readonly AuditEvent UserCreated = new("user.created", AuditAction.Create, "user", "An account was created.");
    public static readonly AuditEvent UserRead = new("user.read", AuditAction.Read, "user", "An account was read.");
    public static readonly AuditEvent UserUpdated = new("user.updated", AuditAction.Update, "user", "An account was changed.");
    public static readonly AuditEvent UsersListed = new("user.listed", AuditAction.Read, "user", "Accounts were listed.");
    public static readonly AuditEvent SignedIn = new("session.signed-in", AuditAction.Create, "session", "A person signed in.");
    public static readonly AuditEvent SignInRefused = new("session.sign-in-refused", AuditAction.Execute, "session", "A sign-in was refused.");
    public static readonly AuditEvent SessionRefused = new("session.refused", AuditAction.Execute, "session", "A session was presented that is wrong, ended or expired.");
    public static readonly AuditEvent SessionRead = new("session.read", AuditAction.Read, "session", "A person looked at their own session.");
    public static readonly AuditEvent Reauthenticated = new("session.reauthenticated", AuditAction.Update, "session", "A person proved their identity again.");
    public static readonly AuditEvent ReauthenticationRefused = new("session.reauthentication-refused", AuditAction.Execute, "session", "A re-authentication was refused.");
    public static readonly AuditEvent SessionEnded = new("session.ended", AuditAction.Delete, "session", "A session ended.");
    public static readonly AuditEvent TokenRegistered = new("token.registered", AuditAction.Create, "token", "An API token was registered.");
    public static readonly AuditEvent TokenRead = new("token.read", AuditAction.Read, "token", "An API token's record was read.");
    public static readonly AuditEvent TokensListed = new("token.listed", AuditAction.Read, "token", "API tokens were listed.");
    public static readonly AuditEvent TokenRevoked = new("token.revoked", AuditAction.Delete, "token", "An API token was revoked.");
    public static readonly AuditEvent TokenRefused = new("token.refused", AuditAction.Execute, "token", "A token was presented that is unregistered, wrong, revoked or expired.");
    public static readonly AuditEvent PatientRegistered = new("patient.registered", AuditAction.Create, "patient", "A patient was registered.");
    public static readonly AuditEvent PatientRead = new("patient.read", AuditAction.Read, "patient", "A patient's demographics were read.");
    public static readonly AuditEvent PatientUpdated = new("patient.updated", AuditAction.Update, "patient", "A patient's demographics were changed.");
    public static readonly AuditEvent PatientsSearched = new("patient.searched", AuditAction.Read, "patient", "Patients were searched; the detail lists whom it showed.");
    public static readonly AuditEvent ChartOpened = new("chart.opened", AuditAction.Read, "chart", "A chart was opened.");
    public static readonly AuditEvent ChartItemAdded = new("chart.item-added", AuditAction.Update, "chart", "A problem, medication or allergy was added.");
    public static readonly AuditEvent ChartItemEnded = new("chart.item-ended", AuditAction.Update, "chart", "A problem, medication or allergy was ended.");
    public static readonly AuditEvent AppointmentBooked = new("appointment.booked", AuditAction.Create, "appointment", "An appointment was booked.");
    public static readonly AuditEvent AppointmentRead = new("appointment.read", AuditAction.Read, "appointment", "An appointment was read.");
    public static readonly AuditEvent AppointmentMoved = new("appointment.moved", AuditAction.Update, "appointment", "An appointment was moved.");
    public static readonly AuditEvent AppointmentCancelled = new("appointment.cancelled", AuditAction.Delete, "appointment", "An appointment was cancelled.");
    public static readonly AuditEvent AppointmentCheckedIn = new("appointment.checked-in", AuditAction.Update, "appointment", "A patient was checked in.");
    public static readonly AuditEvent ScheduleRead = new("schedule.read", AuditAction.Read, "schedule", "A provider's day was read.");
    public static readonly AuditEvent EncounterOpened = new("encounter.opened", AuditAction.Create, "encounter", "An encounter was opened.");
    public static readonly AuditEvent EncounterRead = new("encounter.read", AuditAction.Read, "encounter", "An encounter's state was read.");
    public static readonly AuditEvent EncountersListed = new("encounter.listed", AuditAction.Read, "encounter", "A patient's encounters were listed.");
    public static readonly AuditEvent ConsentRecorded = new("encounter.consent-recorded", AuditAction.Update, "encounter", "The patient's answer to recording was recorded.");
    public static readonly AuditEvent TurnsAppended = new("transcript.appended", AuditAction.Update, "transcript", "Turns were added to the transcript.");
    public static readonly AuditEvent TranscriptRead = new("transcript.read", AuditAction.Read, "transcript", "The transcript was read.");
    public static readonly AuditEvent NoteDrafted = new("note.drafted", AuditAction.Create, "note", "A model drafted a note.");
    public static readonly AuditEvent NoteRead = new("note.read", AuditAction.Read, "note", "Note text was read.");
    public static readonly AuditEvent NoteVersionsListed = new("note.versions-listed", AuditAction.Read, "note", "A note's versions were listed.");
    public static readonly AuditEvent NoteEdited = new("note.edited", AuditAction.Update, "note", "A person edited a note.");
    public static readonly AuditEvent NoteSigned = new("note.signed", AuditAction.Update, "note", "A note was signed.");
    public static readonly AuditEvent SignatureRefused = new("note.signature-refused", AuditAction.Execute, "note", "A signature was refused.");
    public static readonly AuditEvent NoteAddended = new("note.addended", AuditAction.Update, "note", "An addendum was added.");
    public static readonly AuditEvent ProvenanceRead = new("note.provenance-read", AuditAction.Read, "note", "A note's trail was read.");
    public static readonly AuditEvent AuditRead = new("audit.read", AuditAction.Read, "audit", "The audit log was read.");
    public static readonly AuditEvent IncidentReported = new("incident.reported", AuditAction.Create, "incident", "An incident was reported.");
    public static readonly AuditEvent IncidentRead = new("incident.read", AuditAction.Read, "incident", "An incident was read.");
    public static readonly AuditEvent IncidentsListed = new("incident.listed", AuditAction.Read, "incident", "Incidents were listed.");
    public static readonly AuditEvent IncidentClassified = new("incident.classified", AuditAction.Update, "incident", "An incident was classified.");
    public static readonly AuditEvent IncidentClosed = new("incident.closed", AuditAction.Update, "incident", "An incident was closed.");
#pragma warning restore CS1591

    /// <summary>Every event by code.</summary>
    public static readonly FrozenDictionary<string, AuditEvent> All = typeof(AuditEvents)
        .GetFields()
        .Select(f => f.GetValue(null))
        .OfType<AuditEvent>()
        .ToFrozenDictionary(e => e.Code, StringComparer.Ordinal);
}
