using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Api.Exports;
using JamEmr.Audit;

namespace JamEmr.Tests.Api;

/// <summary>How records are written in other people's formats.</summary>
public sealed class AuditFormatTests
{
    public static TheoryData<string> Codes => [.. AuditEvents.All.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"x\"", "\"say \"\"x\"\"\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("=1,\"2\"", "\"'=1,\"\"2\"\"\"")]
    [InlineData("a=b", "a=b")]
    public void Given_a_field_When_written_as_csv_Then_no_spreadsheet_misreads_it(string? value, string expected) =>
        Assert.Equal(expected, CsvWriter.Field(value));

    [Theory]
    [MemberData(nameof(Codes))]
    public void Given_each_event_of_the_catalogue_When_written_as_FHIR_Then_it_has_what_R4_requires(string code)
    {
        foreach (var outcome in Enum.GetValues<AuditOutcome>())
        {
            var what = AuditEvents.All[code];
            var json = Fhir(Sample(what) with { Outcome = outcome });
            Assert.Equal("AuditEvent", json.GetProperty("resourceType").GetString());
            AssertCoding(json.GetProperty("type"));
            Assert.All(json.GetProperty("subtype").EnumerateArray(), AssertCoding);
            Assert.Contains(json.GetProperty("subtype").EnumerateArray(), s => s.GetProperty("code").GetString() == code);
            Assert.Equal(what.Action.ToString()[..1], json.GetProperty("action").GetString());
            Assert.Equal("2026-03-09T14:30:15.250Z", json.GetProperty("recorded").GetString());
            Assert.Equal(outcome switch { AuditOutcome.Success => "0", AuditOutcome.Refused => "4", _ => "8" }, json.GetProperty("outcome").GetString());
            var agents = json.GetProperty("agent").EnumerateArray().ToList();
            Assert.Equal([true, false, false], agents.Select(a => a.GetProperty("requestor").GetBoolean()));
            Assert.All(agents, a => AssertCoding(a.GetProperty("type").GetProperty("coding")[0]));
            Assert.Equal("192.0.2.1", agents[1].GetProperty("network").GetProperty("address").GetString());
            Assert.Equal(JsonValueKind.Object, json.GetProperty("source").GetProperty("observer").ValueKind);
            var entities = json.GetProperty("entity").EnumerateArray().ToList();
            Assert.All(entities, e => Assert.True(e.TryGetProperty("what", out _) || e.TryGetProperty("query", out _)));
            Assert.All(entities, e => AssertCoding(e.GetProperty("type")));
            Assert.Contains(entities, e => e.TryGetProperty("role", out var role) && role.GetProperty("code").GetString() == "1");
            AssertNothingEmpty(json);
        }
    }

    [Theory]
    [InlineData("patient.read")]
    [InlineData("note.signed")]
    [InlineData("session.signed-in")]
    [InlineData("access.refused")]
    [InlineData("audit.exported")]
    public void Given_a_record_When_written_as_FHIR_Then_these_are_the_bytes(string code)
    {
        var actual = FhirText(Sample(AuditEvents.All[code]));
        var golden = Path.Combine(AppContext.BaseDirectory, "Golden", $"{code}.json");
        Assert.True(File.Exists(golden), $"Golden/{code}.json is missing; it would be:\n{actual}");
        Assert.Equal(File.ReadAllText(golden).TrimEnd('\n'), actual);
    }

    [Fact]
    public void Given_a_record_made_under_an_emergency_access_When_written_as_FHIR_Then_its_purpose_says_so()
    {
        var plain = Sample(AuditEvents.ChartOpened);
        Assert.False(Fhir(plain).TryGetProperty("purposeOfEvent", out _));
        var json = Fhir(plain with { Detail = plain.Detail.Add(AuditEventFields.BreakGlass, "0195d3f0-0000-7000-8000-0000000000ee") });
        var coding = json.GetProperty("purposeOfEvent")[0].GetProperty("coding")[0];
        AssertCoding(coding);
        Assert.Equal("BTG", coding.GetProperty("code").GetString());
        AssertNothingEmpty(json);
    }

    [Theory]
    [InlineData(ActorKind.Anonymous)]
    [InlineData(ActorKind.System)]
    [InlineData(ActorKind.Token)]
    public void Given_an_actor_of_each_kind_When_written_as_FHIR_Then_it_says_who(ActorKind kind)
    {
        var json = Fhir(Sample(AuditEvents.PatientRead) with { ActorKind = kind, ActorId = kind is ActorKind.Token ? Guid.AllBitsSet : Guid.Empty, RemoteAddress = "local", Patient = null });
        var who = json.GetProperty("agent")[0].GetProperty("who");
        Assert.Equal(kind is ActorKind.Token, who.TryGetProperty("identifier", out _));
        Assert.Equal("1", json.GetProperty("agent")[1].GetProperty("network").GetProperty("type").GetString());
        Assert.DoesNotContain(json.GetProperty("entity").EnumerateArray(), e => e.TryGetProperty("role", out var role) && role.GetProperty("code").GetString() == "1");
        AssertNothingEmpty(json);
    }

    [Theory]
    [InlineData("later.invented")]
    [InlineData("nodot")]
    public void Given_an_event_of_a_later_version_When_written_as_FHIR_Then_it_is_written_all_the_same(string code)
    {
        var json = Fhir(Sample(AuditEvents.PatientRead) with { Event = code });
        Assert.EndsWith(code, json.GetProperty("subtype")[1].GetProperty("code").GetString(), StringComparison.Ordinal);
        AssertNothingEmpty(json);
    }

    private static void AssertCoding(JsonElement coding)
    {
        Assert.Matches("^(http|urn:)", coding.GetProperty("system").GetString());
        Assert.False(string.IsNullOrEmpty(coding.GetProperty("code").GetString()));
    }

    // FHIR R4, 2.6.2: no property is null, empty or an empty text.
    private static void AssertNothingEmpty(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.NotEmpty(json.EnumerateObject());
                foreach (var property in json.EnumerateObject()) AssertNothingEmpty(property.Value);
                break;
            case JsonValueKind.Array:
                Assert.NotEmpty(json.EnumerateArray());
                foreach (var item in json.EnumerateArray()) AssertNothingEmpty(item);
                break;
            case JsonValueKind.String:
                Assert.False(string.IsNullOrWhiteSpace(json.GetString()));
                break;
            default:
                Assert.NotEqual(JsonValueKind.Null, json.ValueKind);
                break;
        }
    }

    private static JsonElement Fhir(AuditRecord record) => JsonDocument.Parse(FhirText(record)).RootElement;

    private static string FhirText(AuditRecord record)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true, NewLine = "\n" })) FhirAuditEvent.Write(json, new SequencedRecord(42, record));
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static AuditRecord Sample(AuditEvent what) => new(
        new Guid("0195d3f0-0000-7000-8000-000000000001"),
        new DateTimeOffset(2026, 3, 9, 14, 30, 15, 250, TimeSpan.Zero),
        what.Code,
        what.Action,
        IsRefusal(what) ? AuditOutcome.Refused : AuditOutcome.Success,
        ActorKind.User,
        new Guid("0195d3f0-0000-7000-8000-0000000000aa"),
        [Role.Clinical, Role.PrivacyOfficer],
        what.EntityType,
        "0195d3f0-0000-7000-8000-0000000000bb",
        new Guid("0195d3f0-0000-7000-8000-0000000000cc"),
        IsRefusal(what) ? "not_permitted" : null,
        "correlation-1",
        new Guid("0195d3f0-0000-7000-8000-0000000000dd"),
        "192.0.2.1",
        new string('a', 64),
        new string('b', 64),
        what.Required
            .Where(field => field.StartsWith(AuditEventFields.DetailPrefix, StringComparison.Ordinal))
            .ToImmutableSortedDictionary(
                field => field[AuditEventFields.DetailPrefix.Length..], field => field is "detail.conditions" ? "" : $"sample {field}", StringComparer.Ordinal));

    private static bool IsRefusal(AuditEvent what) => what.Code.EndsWith("refused", StringComparison.Ordinal);
}
