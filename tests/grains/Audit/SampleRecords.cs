using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>A record of every event of the catalogue, the same on every machine and for ever: an event's sample depends on nothing but the
/// event.</summary>
internal static class SampleRecords
{
    private static readonly DateTimeOffset Day = new(2026, 3, 9, 14, 30, 15, 250, TimeSpan.Zero);

    /// <summary>A record of success with every field that there is and every detail that is required.</summary>
    public static AuditRecord Of(AuditEvent what)
    {
        var seed = SHA256.HashData(Encoding.UTF8.GetBytes(what.Code));
        var details = what.Required
            .Where(field => field.StartsWith(AuditEventFields.DetailPrefix, StringComparison.Ordinal))
            .Select(field => field[AuditEventFields.DetailPrefix.Length..])
            .ToImmutableSortedDictionary(key => key, key => $"sample {key}", StringComparer.Ordinal);
        return new AuditRecord(
            new Guid(seed.AsSpan(0, 16), bigEndian: true),
            Day.AddTicks(BitConverter.ToUInt16(seed, 16)),
            what.Code,
            what.Action,
            AuditOutcome.Success,
            ActorKind.User,
            new Guid("0195d3f0-0000-7000-8000-0000000000aa"),
            [Role.Clinical, Role.PrivacyOfficer],
            what.EntityType,
            "0195d3f0-0000-7000-8000-0000000000bb",
            new Guid("0195d3f0-0000-7000-8000-0000000000cc"),
            "sample_reason",
            "correlation-1",
            new Guid("0195d3f0-0000-7000-8000-0000000000dd"),
            "192.0.2.1",
            Convert.ToHexStringLower(SHA256.HashData("policy"u8)),
            Convert.ToHexStringLower(SHA256.HashData("content"u8)),
            details);
    }
}
