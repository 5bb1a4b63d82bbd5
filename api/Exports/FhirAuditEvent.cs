using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>
/// An audit record as a FHIR R4 AuditEvent, after the "Basic Audit Log Patterns" of IHE: type and subtypes, action, time, outcome; the asker,
/// the client and the server as agents; the thing, the patient, the question and the request as entities. It claims no profile, since ours is
/// no FHIR REST interface.
/// </summary>
internal static class FhirAuditEvent
{
    /// <summary>Writes the resource as one JSON object.</summary>
    public static void Write(Utf8JsonWriter json, SequencedRecord item)
    {
        var record = item.Record;
        var what = FhirCodes.EventOf(record);
        json.WriteStartObject();
        json.WriteString("resourceType", "AuditEvent");
        json.WriteString("id", record.Id);
        json.WriteStartArray("extension");
        json.WriteStartObject();
        json.WriteString("url", "urn:jamemr:ledger-index");
        json.WriteString("valueString", item.Index.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndArray();
        WriteCoding(json, "type", FhirCodes.TypeOf(what));
        json.WriteStartArray("subtype");
        WriteCoding(json, null, FhirCodes.InteractionOf(what));
        WriteCoding(json, null, FhirCodes.EventOf(what));
        json.WriteEndArray();
        json.WriteString("action", FhirCodes.ActionOf(record.Action));
        json.WriteString("recorded", FhirBundleWriter.Instant(record.Time));
        json.WriteString("outcome", FhirCodes.OutcomeOf(record.Outcome));
        if (!string.IsNullOrEmpty(record.Reason)) json.WriteString("outcomeDesc", record.Reason);
        if (record.Detail.ContainsKey(AuditEventFields.BreakGlass))
        {
            json.WriteStartArray("purposeOfEvent");
            WriteConcept(json, null, FhirCodes.BreakTheGlass);
            json.WriteEndArray();
        }

        WriteAgents(json, record);
        WriteSource(json);
        WriteEntities(json, record);
        json.WriteEndObject();
    }

    private static void WriteAgents(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartArray("agent");
        json.WriteStartObject();
        WriteConcept(json, "type", FhirCodes.Asker);
        if (!record.Roles.IsEmpty)
        {
            json.WriteStartArray("role");
            foreach (var role in record.Roles) WriteConcept(json, null, FhirCodes.RoleOf(role));
            json.WriteEndArray();
        }

        WriteAsker(json, record);
        if (record.SessionId is { } session) json.WriteString("altId", $"urn:uuid:{session:D}");
        json.WriteBoolean("requestor", true);
        json.WriteStartArray("policy");
        json.WriteStringValue($"urn:jamemr:policy:{record.PolicyHash}");
        json.WriteEndArray();
        json.WriteEndObject();

        // A read flows to the client; everything else comes from it.
        var isRead = record.Action is AuditAction.Read;
        WriteMachine(json, isRead ? FhirCodes.Destination : FhirCodes.Origin, "client", record.RemoteAddress);
        WriteMachine(json, isRead ? FhirCodes.Origin : FhirCodes.Destination, "JamEMR", null);
        json.WriteEndArray();
    }

    private static void WriteAsker(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartObject("who");
        switch (record.ActorKind)
        {
            case ActorKind.User:
            case ActorKind.Token:
                json.WriteString("type", record.ActorKind is ActorKind.User ? "Practitioner" : "Device");
                WriteIdentifier(json, $"urn:uuid:{record.ActorId:D}");
                break;
            case ActorKind.System:
                json.WriteString("type", "Device");
                json.WriteString("display", "JamEMR");
                break;
            default:
                json.WriteString("display", "not signed in");
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteMachine(Utf8JsonWriter json, Coding role, string name, string? address)
    {
        json.WriteStartObject();
        WriteConcept(json, "type", role);
        json.WriteStartObject("who");
        json.WriteString("type", "Device");
        json.WriteString("display", name);
        json.WriteEndObject();
        json.WriteBoolean("requestor", false);
        if (!string.IsNullOrEmpty(address))
        {
            json.WriteStartObject("network");
            json.WriteString("address", address);
            json.WriteString("type", IPAddress.TryParse(address, out _) ? "2" : "1");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter json)
    {
        json.WriteStartObject("source");
        json.WriteStartObject("observer");
        json.WriteString("type", "Device");
        json.WriteString("display", "JamEMR");
        json.WriteEndObject();
        json.WriteStartArray("type");
        WriteCoding(json, null, FhirCodes.Server);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEntities(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartArray("entity");
        WriteThing(json, record);
        if (record.Patient is { } patient)
        {
            json.WriteStartObject();
            WriteReference(json, "Patient", $"urn:uuid:{patient:D}");
            WriteCoding(json, "type", FhirCodes.Person);
            WriteCoding(json, "role", FhirCodes.PatientRole);
            json.WriteEndObject();
        }

        if (record.Detail.TryGetValue("conditions", out var conditions))
        {
            json.WriteStartObject();
            WriteCoding(json, "type", FhirCodes.SystemObject);
            WriteCoding(json, "role", FhirCodes.QueryRole);
            json.WriteBase64String("query", Encoding.UTF8.GetBytes(conditions.Length > 0 ? conditions : "all"));
            json.WriteEndObject();
        }

        json.WriteStartObject();
        WriteReference(json, null, record.CorrelationId);
        WriteCoding(json, "type", FhirCodes.Request);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteThing(Utf8JsonWriter json, AuditRecord record)
    {
        var resource = FhirCodes.ResourceOf(record.EntityType);
        json.WriteStartObject();
        WriteReference(json, resource, Guid.TryParse(record.EntityId, out var id) ? $"urn:uuid:{id:D}" : record.EntityId);
        WriteCoding(json, "type", FhirCodes.EntityTypeOf(record.EntityType));
        WriteCoding(json, "role", resource is null ? FhirCodes.SecurityResource : FhirCodes.ResourceRole);
        json.WriteStartArray("detail");
        WriteDetail(json, "entityType", record.EntityType);
        if (record.ContentHash is { } hash) WriteDetail(json, "contentHash", hash);
        foreach (var (key, value) in record.Detail) WriteDetail(json, key, value);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // FHIR has no empty strings.
    private static void WriteDetail(Utf8JsonWriter json, string type, string value)
    {
        if (string.IsNullOrWhiteSpace(value)) return;
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("valueString", value);
        json.WriteEndObject();
    }

    private static void WriteReference(Utf8JsonWriter json, string? type, string value)
    {
        json.WriteStartObject("what");
        if (type is not null) json.WriteString("type", type);
        WriteIdentifier(json, value);
        json.WriteEndObject();
    }

    private static void WriteIdentifier(Utf8JsonWriter json, string value)
    {
        json.WriteStartObject("identifier");
        if (value.StartsWith("urn:", StringComparison.Ordinal)) json.WriteString("system", "urn:ietf:rfc:3986");
        json.WriteString("value", value);
        json.WriteEndObject();
    }

    private static void WriteConcept(Utf8JsonWriter json, string? name, Coding coding)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteStartArray("coding");
        WriteCoding(json, null, coding);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCoding(Utf8JsonWriter json, string? name, Coding coding)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("system", coding.System);
        json.WriteString("code", coding.Code);
        json.WriteString("display", coding.Display);
        json.WriteEndObject();
    }
}
