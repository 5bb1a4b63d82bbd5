using System.Text.Json;
using JamEmr.Ledger;

namespace JamEmr.Cli.Commands;

/// <summary>Derives from an audit record's JSON what the ledger finds it by, so that columns changed to hide a record are noticed.</summary>
internal static class AuditColumns
{
    /// <exception cref="FormatException">The bytes are no audit record.</exception>
    public static LedgerColumns Of(ReadOnlyMemory<byte> record)
    {
        if (AuditFormat.Records.Check(record.Span) is { } problem) throw new FormatException($"it {problem}");
        try
        {
            using var json = JsonDocument.Parse(record);
            var root = json.RootElement;
            var code = root.GetProperty("event").GetString() ?? throw new FormatException("It has no event code.");
            return new LedgerColumns
            {
                RecordId = root.GetProperty("id").GetGuid(),
                Time = root.GetProperty("time").GetDateTimeOffset(),
                EventCode = code,
                Category = code[..Math.Max(0, code.IndexOf('.', StringComparison.Ordinal))],
                Action = Text(root, "action"),
                Outcome = Text(root, "outcome"),
                ActorId = Text(root, "actorId"),
                ActorKind = Text(root, "actorKind"),
                PatientId = Text(root, "patient"),
                EntityType = Text(root, "entityType"),
                EntityId = Text(root, "entityId"),
                CorrelationId = Text(root, "correlationId"),
                Address = Text(root, "remoteAddress"),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("It is no audit record.", e);
        }
    }

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value.GetString() : null;
}
