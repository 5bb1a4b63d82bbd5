using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Tests.Grains.Audit;

public sealed class AuditSinkGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public void Given_a_record_When_it_goes_into_the_ledger_twice_by_different_ways_Then_its_bytes_are_the_same()
    {
        var gate = new AuditRecord(
            new Guid("0195a1b2-0000-7000-8000-000000000001"), _host.Time.GetUtcNow().AddTicks(1234567), "practice.read", AuditAction.Read, AuditOutcome.Success,
            ActorKind.User, Guid.Empty, [Role.Clinical, Role.PrivacyOfficer], "practice", "e", null, null, "c", null, "192.0.2.1", "hash", "content",
            System.Collections.Immutable.ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase).Add("b", "1").Add("a_", "2").Add("aB", "ä"));
        var bytes = AuditSinkRules.ToLedger(gate).Bytes;
        var again = JsonSerializer.Deserialize(bytes.Span, GrainJson.TypeInfo<AuditRecord>())!;
        Assert.Equal(bytes.ToArray(), AuditSinkRules.ToLedger(again).Bytes.ToArray());
        Assert.Equal(["aB", "a_", "b"], AuditSinkRules.FromLedger(new JamEmr.Ledger.LedgerEntry(0, AuditSinkRules.ToLedger(gate).Columns, bytes)).Record.Detail.Keys);
    }
}
