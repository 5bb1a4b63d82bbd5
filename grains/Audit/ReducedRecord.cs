using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>What the ledger keeps of a record that it does not take as it is. Such records are prevented where records are made
/// (<see cref="AuditGate"/>); one that is there all the same is kept in a form that says so. Pure.</summary>
internal static class ReducedRecord
{
    private const string Mark = "reduced";
    private const string Hash = "reduced_sha256";
    private const string Conflict = "conflicting_id";
    private const int MaxText = LedgerColumns.MaxLength;

    /// <summary>The record with its texts cut to what the ledger takes, and its detail replaced by the hash of what it was.</summary>
    public static AuditRecord Of(AuditRecord record) => record with
    {
        Event = IsCode(record.Event) ? record.Event : AuditEvents.RecordUnreadable.Code,
        Action = Enum.IsDefined(record.Action) ? record.Action : AuditAction.Execute,
        Outcome = Enum.IsDefined(record.Outcome) ? record.Outcome : AuditOutcome.Failed,
        ActorKind = Enum.IsDefined(record.ActorKind) ? record.ActorKind : ActorKind.System,
        Roles = record.Roles.IsDefault ? [] : [.. record.Roles.Distinct().Where(Enum.IsDefined)],
        EntityType = Cut(record.EntityType),
        EntityId = Cut(record.EntityId),
        Reason = string.IsNullOrEmpty(record.Reason) ? null : Cut(record.Reason),
        CorrelationId = Cut(record.CorrelationId),
        RemoteAddress = Cut(record.RemoteAddress),
        PolicyHash = Cut(record.PolicyHash),
        ContentHash = string.IsNullOrEmpty(record.ContentHash) ? null : Cut(record.ContentHash),
        Detail = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add(Mark, "true").Add(Hash, HashOf(record)),
    };

    /// <summary>Whether a record of the ledger is the reduced form of another.</summary>
    public static bool IsOf(AuditRecord kept, AuditRecord record) =>
        kept.Detail.TryGetValue(Hash, out var hash) && string.Equals(hash, HashOf(record), StringComparison.Ordinal);

    /// <summary>The record under an id that follows from what it says, because another record has its id.</summary>
    public static AuditRecord Displaced(AuditRecord record) => record with
    {
        Id = new Guid(SHA256.HashData(Bytes(record)).AsSpan(0, 16), bigEndian: true),
        Detail = (record.Detail ?? ImmutableSortedDictionary<string, string>.Empty).WithComparers(StringComparer.Ordinal)
            .SetItem(Conflict, record.Id.ToString("D")),
    };

    private static string HashOf(AuditRecord record) => Convert.ToHexStringLower(SHA256.HashData(Bytes(record)));

    private static byte[] Bytes(AuditRecord record)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                record with { Detail = record.Detail?.WithComparers(StringComparer.Ordinal)! }, GrainJson.TypeInfo<AuditRecord>());
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // Not even JSON: its identity and time are what there is.
            return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{record.Id:D} {record.Time:O}"));
        }
    }

    // What every event's code is made of: whoever verifies the log reads it without unescaping.
    private static bool IsCode(string? text) =>
        text is { Length: > 0 and <= MaxText } && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');

    private static string Cut(string? text) => text is null ? "" : text.Length <= MaxText ? text : text[..MaxText];
}
