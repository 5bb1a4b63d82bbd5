using static JamEmr.Audit.AuditAction;
using static JamEmr.Audit.AuditEventFields;

namespace JamEmr.Audit;

/// <content>Patients, charts, appointments, encounters, notes.</content>
public static partial class AuditEvents
{
#pragma warning disable CS1591 // each event says what it is in its description
    public static readonly AuditEvent PatientRegistered = new(
        "patient.registered", Create, "patient", "A patient was registered.",
        Patient, Content, "detail.version");
    public static readonly AuditEvent PatientRead = new(
        "patient.read", Read, "patient", "A patient's demographics were read.",
        Patient, Content, "detail.version");
    public static readonly AuditEvent PatientUpdated = new(
        "patient.updated", Update, "patient", "A patient's demographics were changed.",
        Patient, Content, "detail.version");
    public static readonly AuditEvent PatientsSearched = new(
        "patient.searched", Read, "patient", "Patients were searched; the detail lists whom it showed.",
        Content, "detail.count", "detail.patients");
    public static readonly AuditEvent PatientListed = new(
        "patient.listed", Read, "patient", "A list showed a patient among others; the detail names the record of the list.",
        Patient, "detail.event", "detail.list");
    public static readonly AuditEvent PatientExported = new(
        "patient.exported", Read, "patient", "A patient's record was exported.",
        Patient, Content, "detail.format");

    public static readonly AuditEvent DisclosureRecorded = new(
        "disclosure.recorded", Create, "disclosure", "A disclosure of a patient's data was recorded (45 CFR 164.528).",
        Patient, Content);
    public static readonly AuditEvent DisclosureSuspended = new(
        "disclosure.suspended", Update, "disclosure", "A disclosure was left out of accountings at an agency's request (45 CFR 164.528(a)(2)).",
        Patient, Content, "detail.until", "detail.written");
    public static readonly AuditEvent DisclosuresListed = new(
        "disclosure.listed", Read, "disclosure", "The accounting of a patient's disclosures was read (45 CFR 164.528).",
        Patient, Content, "detail.count");

    public static readonly AuditEvent ChartOpened = new("chart.opened", Read, "chart", "A chart was opened.", Patient, Content, "detail.version");
    public static readonly AuditEvent ChartItemAdded = new(
        "chart.item-added", Update, "chart", "A problem, medication or allergy was added.",
        Patient, Content, "detail.item", "detail.kind", "detail.version");
    public static readonly AuditEvent ChartItemEnded = new(
        "chart.item-ended", Update, "chart", "A problem, medication or allergy was ended.",
        Patient, Content, "detail.item", "detail.kind", "detail.version");

    public static readonly AuditEvent AppointmentBooked = new(
        "appointment.booked", Create, "appointment", "An appointment was booked.",
        Patient, Content, "detail.provider", "detail.version");
    public static readonly AuditEvent AppointmentRead = new(
        "appointment.read", Read, "appointment", "An appointment was read.",
        Patient, Content, "detail.provider", "detail.version");
    public static readonly AuditEvent AppointmentMoved = new(
        "appointment.moved", Update, "appointment", "An appointment was moved.",
        Patient, Content, "detail.provider", "detail.version");
    public static readonly AuditEvent AppointmentCancelled = new(
        "appointment.cancelled", Delete, "appointment", "An appointment was cancelled.",
        Patient, Content, "detail.provider", "detail.version");
    public static readonly AuditEvent AppointmentCheckedIn = new(
        "appointment.checked-in", Update, "appointment", "A patient was checked in.",
        Patient, Content, "detail.provider", "detail.version");

    public static readonly AuditEvent ScheduleRead = new(
        "schedule.read", Read, "schedule", "A provider's day was read.",
        Content, "detail.count", "detail.patients");

    public static readonly AuditEvent EncounterOpened = new("encounter.opened", Create, "encounter", "An encounter was opened.", Patient, Content);
    public static readonly AuditEvent EncounterRead = new("encounter.read", Read, "encounter", "An encounter's state was read.", Patient, Content);
    public static readonly AuditEvent EncountersListed = new(
        "encounter.listed", Read, "encounter", "A patient's encounters were listed.",
        Patient, Content, "detail.count");
    public static readonly AuditEvent ConsentRecorded = new(
        "encounter.consent-recorded", Update, "encounter", "The patient's answer to recording was recorded.",
        Patient, Content, "detail.granted", "detail.method");

    public static readonly AuditEvent AudioReceived = new(
        "audio.received", Update, "audio", "Sound of an encounter was received.",
        Patient, Content, "detail.first", "detail.last");

    public static readonly AuditEvent TurnsAppended = new(
        "transcript.appended", Update, "transcript", "Turns were added to the transcript.",
        Patient, Content, "detail.first", "detail.last");
    public static readonly AuditEvent TranscriptRead = new(
        "transcript.read", Read, "transcript", "The transcript was read.",
        Patient, Content, "detail.count");
    public static readonly AuditEvent TranscriptFinalised = new(
        "transcript.finalised", Update, "transcript", "The transcript of an encounter was made final.",
        Patient, Content, "detail.modelId", "detail.modelHash");

    public static readonly AuditEvent NoteDrafted = new(
        "note.drafted", Create, "note", "A model drafted a note.",
        Patient, Content, "detail.version", "detail.historyHash", "detail.modelId", "detail.modelHash", "detail.sentences", "detail.unsupported");
    public static readonly AuditEvent NoteRead = new(
        "note.read", Read, "note", "Note text was read.",
        Patient, Content, "detail.version", "detail.textHash", "detail.addenda");
    public static readonly AuditEvent NoteVersionsListed = new(
        "note.versions-listed", Read, "note", "A note's versions were listed.",
        Patient, Content, "detail.count");
    public static readonly AuditEvent NoteEdited = new(
        "note.edited", Update, "note", "A person edited a note.",
        Patient, Content, "detail.version", "detail.historyHash", "detail.modelId", "detail.modelHash", "detail.sentences", "detail.unsupported");
    public static readonly AuditEvent NoteSigned = new(
        "note.signed", Update, "note", "A note was signed.",
        Patient, Content, "detail.version", "detail.textHash");
    public static readonly AuditEvent SignatureRefused = new("note.signature-refused", Execute, "note", "A signature was refused.", Reason);
    public static readonly AuditEvent NoteAddended = new(
        "note.addended", Update, "note", "An addendum was added.",
        Patient, Content, "detail.addendum", "detail.version");
    public static readonly AuditEvent ProvenanceRead = new(
        "note.provenance-read", Read, "note", "A note's trail was read.",
        Patient, Content, "detail.count");
    public static readonly AuditEvent NoteExported = new(
        "note.exported", Read, "note", "Note text was exported.",
        Patient, Content, "detail.version", "detail.format");
#pragma warning restore CS1591
}
