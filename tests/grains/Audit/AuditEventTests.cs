using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Ledger;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>
/// The catalogue, and the bytes that its records are in the ledger. <c>golden-records.ndjson</c> holds a record of every event as it was
/// written when the event came in; its lines are never changed or removed. A new event, or one that requires more than before, gets a line
/// more: the failing test prints it.
/// </summary>
public sealed class AuditEventTests
{
    private static readonly AuditGate Gate = Gates.Open();

    private static readonly ImmutableArray<string> Golden = Read();

    public static TheoryData<string> Codes => [.. AuditEvents.All.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Given_every_event_When_a_record_of_it_is_written_Then_its_bytes_are_the_golden_ones()
    {
        var known = Golden.ToHashSet(StringComparer.Ordinal);
        var missing = AuditEvents.All.Values
            .OrderBy(what => what.Code, StringComparer.Ordinal)
            .Select(what => Line(SampleRecords.Of(what)))
            .Where(line => !known.Contains(line))
            .ToList();
        if (missing.Count > 0)
            Assert.Fail($"Records are not written as golden-records.ndjson has them. If the events are new, add these lines to its end:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void Given_every_golden_line_When_read_and_written_again_Then_not_a_byte_differs()
    {
        Assert.All(Golden, line =>
        {
            var record = JsonSerializer.Deserialize(line, GrainJson.TypeInfo<AuditRecord>())!;
            Assert.Equal(line, Line(record));
            Assert.True(AuditEvents.All.TryGetValue(record.Event, out var what), $"{record.Event} is no longer in the catalogue: codes stay for ever.");
            Assert.Equal((what.Action, what.EntityType), (record.Action, record.EntityType));
        });
        Assert.Equal(Golden.Length, Golden.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Given_records_of_every_kind_When_written_Then_these_are_the_bytes()
    {
        var what = AuditEvents.All["patient.read"];
        var whole = SampleRecords.Of(what);
        var least = whole with
        {
            Outcome = AuditOutcome.Refused,
            ActorKind = ActorKind.Anonymous,
            ActorId = Guid.Empty,
            Roles = [Role.Anonymous],
            Patient = null,
            SessionId = null,
            ContentHash = null,
            Reason = "not_found",
            Detail = Nothing.Add("b", "ä\"<\n").Add("B", ""),
        };
        Assert.Equal(
            """
            {"id":"69cebd55-dec2-2eb8-7516-bde5af57f60b","time":"2026-03-09T14:30:15.2531102+00:00","event":"patient.read","action":"read","outcome":"success","actorKind":"user","actorId":"0195d3f0-0000-7000-8000-0000000000aa","roles":["clinical","privacyOfficer"],"entityType":"patient","entityId":"0195d3f0-0000-7000-8000-0000000000bb","patient":"0195d3f0-0000-7000-8000-0000000000cc","reason":"sample_reason","correlationId":"correlation-1","sessionId":"0195d3f0-0000-7000-8000-0000000000dd","remoteAddress":"192.0.2.1","policyHash":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","contentHash":"ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73","detail":{"version":"sample version"}}
            {"id":"69cebd55-dec2-2eb8-7516-bde5af57f60b","time":"2026-03-09T14:30:15.2531102+00:00","event":"patient.read","action":"read","outcome":"refused","actorKind":"anonymous","actorId":"00000000-0000-0000-0000-000000000000","roles":["anonymous"],"entityType":"patient","entityId":"0195d3f0-0000-7000-8000-0000000000bb","reason":"not_found","correlationId":"correlation-1","remoteAddress":"192.0.2.1","policyHash":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","detail":{"B":"","b":"\u00E4\u0022\u003C\n"}}
            """,
            $"{Line(whole)}\n{Line(least)}");
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Given_an_event_When_looked_at_Then_it_is_well_formed(string code)
    {
        var what = AuditEvents.All[code];
        Assert.Matches("^[a-z]+(-[a-z]+)*\\.[a-z]+(-[a-z]+)*$", what.Code);
        Assert.Equal(what.Code.Split('.')[0], what.Category);
        Assert.EndsWith(".", what.Description, StringComparison.Ordinal);
        Assert.Equal(what.Required.Length, what.Required.Distinct(StringComparer.Ordinal).Count());
        Assert.Null(what.Missing(SampleRecords.Of(what)));
        Assert.Equal(what.Category, AuditSinkRules.ToLedger(SampleRecords.Of(what)).Columns.Category);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Given_a_record_without_what_its_event_requires_When_made_Then_the_call_fails(string code)
    {
        var what = AuditEvents.All[code];
        var whole = SampleRecords.Of(what);
        Make(whole, what);
        foreach (var field in what.Required) Assert.Throws<InvalidOperationException>(() => Make(Without(whole, field), what));
        Assert.Throws<InvalidOperationException>(() => Make(whole with { Outcome = AuditOutcome.Refused, Reason = null }, what));
        Assert.Throws<InvalidOperationException>(() => Make(whole with { Outcome = AuditOutcome.Failed, Reason = "" }, what));
        Make(Without(whole, "patient") with { Outcome = AuditOutcome.Refused, ContentHash = null, Detail = Nothing }, what);
    }

    [Fact]
    public void Given_a_record_longer_than_the_ledger_takes_When_made_Then_the_call_fails()
    {
        var what = AuditEvents.AccessRefused;
        var longest = SampleRecords.Of(what);
        Assert.Throws<ArgumentOutOfRangeException>(() => Make(longest with { EntityId = new string('x', 201) }, what));
        Assert.Throws<ArgumentException>(() => Make(longest with { Reason = new string('x', 201) }, what));
        Assert.Throws<ArgumentException>(() => Make(longest with { Detail = Nothing.Add("much", new string('x', LedgerRecord.MaxBytes)) }, what));
        Assert.Throws<ArgumentException>(() => Make(longest with { Detail = Nothing.Add("escaped", new string('ä', 12_000)) }, what));
        Make(longest with { Detail = Nothing.Add("escaped", new string('ä', 8_000)) }, what);
    }

    private static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary<string, string>.Empty;

    private static AuditRecord Without(AuditRecord record, string field) => field switch
    {
        AuditEventFields.Patient => record with { Patient = null },
        AuditEventFields.Reason => record with { Reason = null },
        AuditEventFields.Content => record with { ContentHash = null },
        _ => record with { Detail = record.Detail.Remove(field[AuditEventFields.DetailPrefix.Length..]) },
    };

    private static AuditRecord Make(AuditRecord like, AuditEvent what) => Gate.Record(
        what, like.EntityId, like.Patient, like.Outcome, like.Reason, like.ContentHash, [.. like.Detail.Select(pair => (pair.Key, pair.Value))]);

    private static string Line(AuditRecord record) => Encoding.UTF8.GetString(AuditSinkRules.ToLedger(record).Bytes.Span);

    private static ImmutableArray<string> Read()
    {
        using var stream = typeof(AuditEventTests).Assembly.GetManifestResourceStream("golden-records.ndjson")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
