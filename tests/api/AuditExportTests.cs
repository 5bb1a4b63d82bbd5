using System.Net;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>Exports over HTTP.</summary>
public sealed class AuditExportTests(ApiServer server) : IClassFixture<ApiServer>
{
    private ApiClient Officer => server.As(Role.SecurityOfficer);

    [Fact]
    public async Task Given_no_fresh_proof_of_identity_When_exporting_Then_refused_on_the_log()
    {
        await server.PassAsync(TimeSpan.FromMinutes(6));
        var answer = await Officer.SendAsync(HttpMethod.Get, "/v1/audit/export?format=csv");
        Assert.Equal((HttpStatusCode.Forbidden, "reauthentication_required"), (answer.Status, answer.Code));
        Assert.Equal("reauthentication_required", (await Log.OneAsync(server, answer, AuditEvents.AccessRefused)).Reason);
    }

    [Theory]
    [InlineData("", "/format")]
    [InlineData("?format=xml", "/format")]
    [InlineData("?format=csv&action=x", "/action")]
    public async Task Given_an_export_of_the_wrong_form_When_asked_Then_400_points_at_it(string query, string pointer)
    {
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/export{query}");
        Assert.Equal((HttpStatusCode.BadRequest, pointer), (answer.Status, answer.Pointer));
    }

    [Fact]
    public async Task Given_more_records_than_a_batch_When_exported_Then_each_is_there_once_in_order_under_one_record()
    {
        var reader = server.As(Role.Clinical);
        foreach (var some in Enumerable.Range(0, 520).Chunk(40)) await Task.WhenAll(some.Select(_ => reader.SendAsync(HttpMethod.Get, "/v1/practice")));
        await ApiServer.ReauthenticateAsync(Officer);
        var answer = await Officer.SendAsync(HttpMethod.Get, "/v1/audit/export?format=ndjson&event=practice.read");

        Assert.Equal((HttpStatusCode.OK, "application/x-ndjson"), (answer.Status, answer.ContentType));
        Assert.EndsWith("}\n", answer.Body, StringComparison.Ordinal);
        var items = answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<SequencedRecord>(line, JamEmr.Api.Http.ApiJson.Options)!).ToList();
        Assert.True(items.Count >= 520, $"{items.Count} records");
        Assert.All(items, i => Assert.Equal("practice.read", i.Record.Event));
        Assert.Equal(items.Select(i => i.Index).Order().Distinct(), items.Select(i => i.Index));
        var record = await Log.OneAsync(server, answer, AuditEvents.AuditExported);
        Assert.Equal(("ndjson", "event oldest_first", AuditOutcome.Success), (record.Detail["format"], record.Detail["conditions"], record.Outcome));
    }

    [Fact]
    public async Task Given_an_export_as_csv_When_read_Then_it_has_a_header_and_a_line_per_record()
    {
        var patient = await RegisterAsync();
        await ApiServer.ReauthenticateAsync(Officer);
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/export?format=csv&patient={patient}&category=patient");

        Assert.Equal("text/csv", answer.ContentType);
        var lines = answer.Body.Split("\r\n");
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("index,id,time,event,", lines[0], StringComparison.Ordinal);
        Assert.Contains(",patient.registered,create,success,user,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"{\"\"version\"\":\"\"1\"\"}\"", lines[1], StringComparison.Ordinal);
        Assert.Equal("", lines[2]);
    }

    [Fact]
    public async Task Given_an_export_as_FHIR_When_read_Then_it_is_a_bundle_of_audit_events()
    {
        var patient = await RegisterAsync();
        await ApiServer.ReauthenticateAsync(Officer);
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/export?format=fhir&patient={patient}&category=patient");
        Assert.Equal("application/fhir+json", answer.ContentType);
        var bundle = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(("Bundle", "collection"), (bundle.GetProperty("resourceType").GetString(), bundle.GetProperty("type").GetString()));
        var entry = Assert.Single(bundle.GetProperty("entry").EnumerateArray());
        Assert.Equal("AuditEvent", entry.GetProperty("resource").GetProperty("resourceType").GetString());
        Assert.Equal($"urn:uuid:{entry.GetProperty("resource").GetProperty("id").GetString()}", entry.GetProperty("fullUrl").GetString());

        var nothing = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/export?format=fhir&patient={patient}&category=none");
        Assert.False(JsonDocument.Parse(nothing.Body).RootElement.TryGetProperty("entry", out _));
    }

    private async Task<Guid> RegisterAsync() => (await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
        "/v1/patients", new Demographics("Exported", "Eva", new DateOnly(1960, 1, 2), AdministrativeGender.Other, true))).Id;
}
