using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>A FHIR R4 Bundle of type collection, with one AuditEvent per record.</summary>
internal sealed class FhirBundleWriter(PipeWriter output, DateTimeOffset now) : AuditWriter(output)
{
    private readonly Utf8JsonWriter _json = new(output);
    private bool _any;

    /// <inheritdoc/>
    public override string ContentType => "application/fhir+json; charset=utf-8; fhirVersion=4.0";

    /// <inheritdoc/>
    public override string Extension => "json";

    /// <inheritdoc/>
    public override void Begin()
    {
        _json.WriteStartObject();
        _json.WriteString("resourceType", "Bundle");
        _json.WriteString("type", "collection");
        _json.WriteString("timestamp", Instant(now));
    }

    /// <inheritdoc/>
    public override void Write(SequencedRecord item)
    {
        // FHIR has no empty arrays.
        if (!_any) _json.WriteStartArray("entry");
        _any = true;
        _json.WriteStartObject();
        _json.WriteString("fullUrl", $"urn:uuid:{item.Record.Id:D}");
        _json.WritePropertyName("resource");
        FhirAuditEvent.Write(_json, item);
        _json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_any) _json.WriteEndArray();
        _json.WriteEndObject();
    }

    /// <inheritdoc/>
    public override async Task FlushAsync(CancellationToken ct)
    {
        _json.Flush();
        await base.FlushAsync(ct);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _json.Dispose();
        base.Dispose();
    }

    /// <summary>A FHIR instant, to the millisecond.</summary>
    internal static string Instant(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
