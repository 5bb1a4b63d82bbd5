using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JamEmr.Ledger.Exports;

/// <summary>What a record of one event must hold beyond what every record holds.</summary>
/// <param name="Code">The event.</param>
/// <param name="Required">Names of fields, and <c>detail.x</c> for the detail of key <c>x</c>; a record of a success has them, and any other
/// has its <c>reason</c>.</param>
public sealed record EventRule(string Code, ImmutableArray<string> Required);

/// <summary>
/// What records of the audit log look like, for checking them: the fields of all of them (<see cref="RecordField"/>) and those of each event.
/// Of an event that is not known here only the former are checked.
/// </summary>
public sealed class RecordFormat
{
    private readonly Dictionary<byte[], Rule>.AlternateLookup<ReadOnlySpan<byte>> _rules;

    /// <exception cref="ArgumentException">A rule names a field that records do not have.</exception>
    public RecordFormat(IEnumerable<EventRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = rules.ToDictionary(rule => Encoding.UTF8.GetBytes(rule.Code), ToRule, new BytesComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>What is wrong with a record's bytes, such as "has no field 'actorId'", or null.</summary>
    public string? Check(ReadOnlySpan<byte> record) => RecordScan.Of(record, this).Problem;

    internal bool TryFind(ReadOnlySpan<byte> code, [MaybeNullWhen(false)] out Rule rule) => _rules.TryGetValue(code, out rule);

    private static Rule ToRule(EventRule rule)
    {
        const string prefix = "detail.";
        var details = rule.Required.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => Encoding.UTF8.GetBytes(name[prefix.Length..]));
        var fields = rule.Required.Where(name => !name.StartsWith(prefix, StringComparison.Ordinal)).Select(RecordField.Find);
        return new Rule(fields.Aggregate(0u, (mask, field) => mask | 1u << field), [.. details]);
    }

    /// <summary>A rule as the scan uses it.</summary>
    /// <param name="Fields">The fields required, a bit each.</param>
    /// <param name="Details">The keys of <c>detail</c> required.</param>
    internal sealed record Rule(uint Fields, ImmutableArray<byte[]> Details);

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        // FNV-1a: codes are a few letters, and the codes of the table are our own.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = 2166136261u;
            foreach (var value in alternate) hash = (hash ^ value) * 16777619;
            return (int)hash;
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>The fields of a record, in the order in which they are written.</summary>
internal static class RecordField
{
    public const int Id = 0;
    public const int Time = 1;
    public const int Event = 2;
    public const int Outcome = 4;
    public const int ActorId = 6;
    public const int Roles = 7;
    public const int Patient = 10;
    public const int Reason = 11;
    public const int SessionId = 13;
    public const int ContentHash = 16;
    public const int Detail = 17;

    /// <summary>Those that a record may lack, a bit each.</summary>
    public const uint Optional = 1u << Patient | 1u << Reason | 1u << SessionId | 1u << ContentHash;

    public static readonly ImmutableArray<byte[]> Names =
    [
        .. new[]
        {
            "id", "time", "event", "action", "outcome", "actorKind", "actorId", "roles", "entityType", "entityId", "patient", "reason",
            "correlationId", "sessionId", "remoteAddress", "policyHash", "contentHash", "detail",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Those that every record has, a bit each.</summary>
    public static readonly uint Required = ((1u << Names.Length) - 1) & ~Optional;

    public static string Name(int field) => Encoding.UTF8.GetString(Names[field]);

    /// <exception cref="ArgumentException">There is no such field.</exception>
    public static int Find(string name)
    {
        for (var field = 0; field < Names.Length; field++)
        {
            if (string.Equals(Name(field), name, StringComparison.Ordinal)) return field;
        }

        throw new ArgumentException($"Records have no field '{name}'.", nameof(name));
    }
}
