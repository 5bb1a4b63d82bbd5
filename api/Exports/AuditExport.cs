using System.IO.Pipelines;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Http;
using JamEmr.Audit;
using JamEmr.Errors;

namespace JamEmr.Api.Exports;

/// <summary>
/// Exports of the audit log, written batch by batch as they are read, so that their size does not matter. An export that breaks off (the client
/// goes, the session ends, the log cannot be read) ends the connection without ending the answer: no client takes a part for the whole.
/// </summary>
public static class AuditExport
{
    /// <summary>Maps <c>/export</c>.</summary>
    public static void MapAuditExport(this IEndpointRouteBuilder audit) =>
        audit.MapGet("/export", RunAsync)
            .Produces(StatusCodes.Status200OK, contentType: "application/x-ndjson", additionalContentTypes: ["text/csv", "application/fhir+json"])
            .WithSummary("Everything that matches, oldest first unless order=newest, as format=ndjson, csv or fhir; needs a re-authentication within 5 minutes");

    private static async Task RunAsync(
        HttpContext http,
        ApiCall call,
        string? format,
        [AsParameters] AuditConditions conditions,
        [AsParameters] AuditOrder order,
        CancellationToken ct)
    {
        var trail = AuditEndpoints.Trail(call);
        var query = order.Apply(conditions.Query(), oldestFirst: true);
        var asked = FormatOf(format);
        var batch = await trail.ExportAsync(query, asked);

        // From here on the answer has begun: what fails breaks the connection off.
        using var writer = WriterOf(asked, http.Response.BodyWriter, call.Now);
        http.Response.ContentType = writer.ContentType;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit.{writer.Extension}\"";
        await http.Response.StartAsync(ct);
        writer.Begin();
        while (true)
        {
            foreach (var item in batch.Items) writer.Write(item);
            if (batch.Ticket is null) break;
            await writer.FlushAsync(ct);
            batch = await trail.ExportNextAsync(query, batch.Ticket);
        }

        writer.End();
        await writer.FlushAsync(ct);
    }

    private static AuditFormat FormatOf(string? format) => format switch
    {
        "ndjson" => AuditFormat.Ndjson,
        "csv" => AuditFormat.Csv,
        "fhir" => AuditFormat.Fhir,
        _ => throw new DomainException(ErrorCode.InvalidRequest, "The format is ndjson, csv or fhir.", "/format"),
    };

    private static AuditWriter WriterOf(AuditFormat format, PipeWriter output, DateTimeOffset now) => format switch
    {
        AuditFormat.Ndjson => new NdjsonWriter(output),
        AuditFormat.Csv => new CsvWriter(output),
        _ => new FhirBundleWriter(output, now),
    };
}
