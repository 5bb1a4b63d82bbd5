using System.Text.Json;

namespace JamEmr.Bench.Crash;

/// <summary>
/// What the server has acknowledged once, as the load's process wrote it down. It holds the server to it: with one record on the log.
/// </summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path asked for.</param>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="Correlation">The answer's <c>Correlation-Id</c>.</param>
/// <param name="Event">The audit event that a success leaves.</param>
/// <param name="RepeatEvent">The event where the server had already done it before it could say so, and was asked again.</param>
/// <param name="Entity">The id of what was made, changed or read.</param>
/// <param name="Version">Its version in the answer.</param>
/// <param name="Hash">What the record's content hash must be, found in the answer or made from it, hex.</param>
/// <param name="BodyHash">SHA-256 of the whole answer, hex; the content hash of the record of a repeat.</param>
/// <param name="Date">The day of an appointment.</param>
/// <param name="Head">The log's head, where the answer carried it.</param>
internal sealed record Acknowledged(
    string Method,
    string Path,
    int Status,
    string Correlation,
    string Event,
    string? RepeatEvent = null,
    Guid? Entity = null,
    int? Version = null,
    string? Hash = null,
    string? BodyHash = null,
    string? Date = null,
    LogHead? Head = null)
{
    /// <summary>How it is written, one per line.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>It was done, rather than refused.</summary>
    public bool IsDone => Status is >= 200 and < 300;

    /// <summary>Reads the file of a load's process.</summary>
    public static IReadOnlyList<Acknowledged> Read(string file) =>
        [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<Acknowledged>(line, Json)!)];
}

/// <summary>A head of the practice's log.</summary>
/// <param name="Size">How many records.</param>
/// <param name="Root">RFC 9162 root, hex.</param>
internal sealed record LogHead(long Size, string Root);
