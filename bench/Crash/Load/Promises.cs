using System.Text.Json;

namespace JamEmr.Bench.Crash.Load;

/// <summary>What each kind of request leaves on the log when it is done: the event, and the hash of what was seen or written.</summary>
internal static class Promises
{
    public static readonly Promise Registered = new("patient.registered", "patient.read", Id);
    public static readonly Promise PatientRead = new("patient.read", Entity: Id);
    public static readonly Promise PatientUpdated = new("patient.updated", Entity: Id);
    public static readonly Promise Searched = new("patient.searched", Hash: static json => Http.Hash(json.GetProperty("items").GetRawText()));
    public static readonly Promise ItemAdded = new("chart.item-added", "chart.opened", Patient);
    public static readonly Promise ItemEnded = new("chart.item-ended", Entity: Patient);
    public static readonly Promise ChartOpened = new("chart.opened", Entity: Patient);
    public static readonly Promise Booked = new("appointment.booked", "appointment.read", Id, Date: Date);
    public static readonly Promise Moved = new("appointment.moved", Entity: Id, Date: Date);
    public static readonly Promise Cancelled = new("appointment.cancelled", Entity: Id);
    public static readonly Promise CheckedIn = new("appointment.checked-in", Entity: Id);
    public static readonly Promise DayRead = new("schedule.read");
    public static readonly Promise Opened = new("encounter.opened", "encounter.read", Id);
    public static readonly Promise Consented = new("encounter.consent-recorded", Entity: Id, Hash: Unknown);
    public static readonly Promise Said = new("transcript.appended", Entity: Id, Hash: Unknown);
    public static readonly Promise Drafted = new("note.drafted", Entity: Encounter, Hash: static json => Text(json, "textHash"));
    public static readonly Promise Edited = new("note.edited", Entity: Encounter, Hash: static json => Text(json, "textHash"));
    public static readonly Promise Signed = new("note.signed", Entity: Encounter, Hash: static json => Text(json, "historyHash"));
    public static readonly Promise Addended = new("note.addended", "note.read", Encounter, static json => Text(json.GetProperty("addenda").EnumerateArray().Last(), "textHash"));
    public static readonly Promise NoteRead = new("note.read", Entity: Encounter);
    public static readonly Promise TrailRead = new("note.provenance-read", Entity: Encounter, Hash: Unknown);
    public static readonly Promise Reauthenticated = new("session.reauthenticated", Hash: Unknown);
    public static readonly Promise AuditRead = new(
        "audit.read", Hash: Unknown, Head: static json => new LogHead(json.GetProperty("treeSize").GetInt64(), Text(json, "rootHash")!));

    private static Guid? Id(JsonElement json) => json.GetProperty("id").GetGuid();

    private static Guid? Patient(JsonElement json) => json.GetProperty("patient").GetGuid();

    private static Guid? Encounter(JsonElement json) => json.GetProperty("encounter").GetGuid();

    private static string? Date(JsonElement json) => Text(json.GetProperty("slot"), "date");

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    // Of something that the answer does not show.
    private static string? Unknown(JsonElement json) => null;
}
