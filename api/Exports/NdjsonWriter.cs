using System.IO.Pipelines;
using System.Text.Json;
using JamEmr.Api.Http;
using JamEmr.Audit;

namespace JamEmr.Api.Exports;

/// <summary>A line per record: <c>{"index":…,"record":{…}}</c>, the record as <c>/v1/audit/records</c> shows it.</summary>
internal sealed class NdjsonWriter(PipeWriter output) : AuditWriter(output)
{
    private readonly Utf8JsonWriter _json = new(output);

    /// <inheritdoc/>
    public override string ContentType => "application/x-ndjson; charset=utf-8";

    /// <inheritdoc/>
    public override string Extension => "ndjson";

    /// <inheritdoc/>
    public override void Write(SequencedRecord item)
    {
        JsonSerializer.Serialize(_json, item, ApiJson.Options);
        _json.Flush();
        _json.Reset();
        Output.GetSpan(1)[0] = (byte)'\n';
        Output.Advance(1);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _json.Dispose();
        base.Dispose();
    }
}
