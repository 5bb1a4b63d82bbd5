using System.Collections.Frozen;
using System.Collections.Immutable;

namespace JamEmr.Audit;

/// <summary>What an audit event is.</summary>
/// <param name="Code">Stable for ever: the part before the dot is its category.</param>
/// <param name="Action">FHIR AuditEvent.action.</param>
/// <param name="EntityType">What it concerns.</param>
/// <param name="Description">One sentence for people who read the log.</param>
/// <param name="Required">What a record of its success holds beyond what every record holds: names of <see cref="AuditEventFields"/>, and
/// <c>detail.x</c> for the detail of key <c>x</c>. A refused or failed one always has its <c>reason</c>.</param>
public sealed record AuditEvent(string Code, AuditAction Action, string EntityType, string Description, params ImmutableArray<string> Required)
{
    /// <summary>The kind of thing that happened, such as <c>session</c>: what the ledger counts and sorts by.</summary>
    public string Category { get; } = Code[..Code.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>The first required field that a record lacks, or null.</summary>
    public string? Missing(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Outcome is not AuditOutcome.Success) return string.IsNullOrEmpty(record.Reason) ? AuditEventFields.Reason : null;
        foreach (var field in Required)
        {
            if (!AuditEventFields.IsPresent(record, field)) return field;
        }

        return null;
    }
}

/// <summary>The fields a record may lack, as <see cref="AuditEvent.Required"/> names them.</summary>
public static class AuditEventFields
{
    /// <summary><see cref="AuditRecord.Patient"/>.</summary>
    public const string Patient = "patient";

    /// <summary><see cref="AuditRecord.Reason"/>.</summary>
    public const string Reason = "reason";

    /// <summary><see cref="AuditRecord.ContentHash"/>.</summary>
    public const string Content = "contentHash";

    /// <summary>The key of the detail that names the emergency access in force to the patient when the record was made.</summary>
    public const string BreakGlass = "break_glass";

    /// <summary>Before the key of a detail.</summary>
    public const string DetailPrefix = "detail.";

    /// <summary>Whether a record has a field. A detail may be empty, such as the conditions of a question without any.</summary>
    /// <exception cref="ArgumentException">There is no field of this name.</exception>
    public static bool IsPresent(AuditRecord record, string field)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(field);
        return field switch
        {
            Patient => record.Patient is not null,
            Reason => !string.IsNullOrEmpty(record.Reason),
            Content => !string.IsNullOrEmpty(record.ContentHash),
            _ when field.StartsWith(DetailPrefix, StringComparison.Ordinal) => record.Detail.ContainsKey(field[DetailPrefix.Length..]),
            _ => throw new ArgumentException($"Records have no field '{field}'.", nameof(field)),
        };
    }
}

/// <summary>The catalogue: every auditable action. Codes are never changed or used again, also those of features that are still to come or
/// are gone. One file per part of the service.</summary>
public static partial class AuditEvents
{
    /// <summary>Every event by code.</summary>
    public static FrozenDictionary<string, AuditEvent> All => Catalogue.Events;

    // Apart, because the parts of a class are initialised in no order that could be relied on.
    private static class Catalogue
    {
        public static readonly FrozenDictionary<string, AuditEvent> Events = typeof(AuditEvents)
            .GetFields()
            .Select(field => field.GetValue(null))
            .OfType<AuditEvent>()
            .ToFrozenDictionary(e => e.Code, StringComparer.Ordinal);
    }
}
