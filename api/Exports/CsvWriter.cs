using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>RFC 4180: a header line, CRLF, fields in quotation marks where they need them. A field that a spreadsheet would take for a formula
/// gets an apostrophe before it.</summary>
internal sealed class CsvWriter(PipeWriter output) : AuditWriter(output)
{
    private static readonly string[] Header =
    [
        "index", "id", "time", "event", "action", "outcome", "actorKind", "actorId", "roles", "entityType", "entityId", "patient", "reason",
        "correlationId", "sessionId", "remoteAddress", "policyHash", "contentHash", "detail",
    ];

    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    /// <inheritdoc/>
    public override string ContentType => "text/csv; charset=utf-8; header=present";

    /// <inheritdoc/>
    public override string Extension => "csv";

    /// <inheritdoc/>
    public override void Begin() => WriteLine(Header);

    /// <inheritdoc/>
    public override void Write(SequencedRecord item)
    {
        var record = item.Record;
        WriteLine(
        [
            item.Index.ToString(CultureInfo.InvariantCulture),
            record.Id.ToString("D"),
            record.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            record.Event,
            Code(record.Action),
            Code(record.Outcome),
            Code(record.ActorKind),
            record.ActorId.ToString("D"),
            string.Join(' ', record.Roles.Select(Code)),
            record.EntityType,
            record.EntityId,
            record.Patient?.ToString("D"),
            record.Reason,
            record.CorrelationId,
            record.SessionId?.ToString("D"),
            record.RemoteAddress,
            record.PolicyHash,
            record.ContentHash,
            record.Detail.IsEmpty ? null : JsonSerializer.Serialize(record.Detail),
        ]);
    }

    /// <summary>A field as it is written.</summary>
    internal static string Field(string? value)
    {
        if (string.IsNullOrEmpty(value)) return "";
        if (value[0] is '=' or '+' or '-' or '@' or '\t' or '\r') value = "'" + value;
        return value.AsSpan().ContainsAny(Quoted) ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }

    private void WriteLine(string?[] fields) => Encoding.UTF8.GetBytes(string.Join(',', fields.Select(Field)) + "\r\n", Output);

    private static string Code<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
