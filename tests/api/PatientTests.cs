using System.Net;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

public sealed class PatientTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static Demographics Person(string family, string given = "Ada", int year = 1970) =>
        new(family, given, new DateOnly(year, 4, 5), AdministrativeGender.Female, Synthetic: true);

    [Fact]
    public async Task Given_an_idempotency_key_When_the_request_is_repeated_Then_one_patient_exists()
    {
        var desk = server.As(Role.FrontDesk);
        var first = await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Idem"), idempotencyKey: "k-1");
        var again = await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Idem"), idempotencyKey: "k-1");
        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal(HttpStatusCode.Created, again.Status);
        Assert.Equal(first.Read<PatientRecord>().Id, again.Read<PatientRecord>().Id);
        Assert.Equal(first.Read<PatientRecord>().Mrn, again.Read<PatientRecord>().Mrn);
        var found = await desk.PostAsync<Page<PatientRecord>>("/v1/patients/search", new PatientSearch("Idem", null, null));
        Assert.Single(found.Items);
    }

    [Fact]
    public async Task Given_a_used_idempotency_key_When_sent_with_another_request_Then_422()
    {
        var desk = server.As(Role.FrontDesk);
        await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Reuse"), idempotencyKey: "k-2");
        var other = await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Other"), idempotencyKey: "k-2");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Equal("idempotency_key_reused", other.Code);
    }

    [Fact]
    public async Task Given_the_same_key_of_two_people_When_used_Then_each_has_their_own()
    {
        var a = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/patients", Person("Twin"), idempotencyKey: "k-3");
        var b = await server.As(Role.Clinical).SendAsync(HttpMethod.Post, "/v1/patients", Person("Twin"), idempotencyKey: "k-3");
        Assert.NotEqual(a.Read<PatientRecord>().Id, b.Read<PatientRecord>().Id);
    }

    [Fact]
    public async Task Given_a_patient_When_updated_with_its_ETag_Then_the_next_version_and_its_record()
    {
        var desk = server.As(Role.FrontDesk);
        var created = await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Before"));
        Assert.Equal("\"1\"", created.ETag);
        var path = created.Headers.Location!.ToString();
        var updated = await desk.SendAsync(HttpMethod.Put, path, Person("After"), version: 1);
        Assert.Equal(HttpStatusCode.OK, updated.Status);
        Assert.Equal("\"2\"", updated.ETag);
        var record = await Log.OneAsync(server, updated, AuditEvents.PatientUpdated);
        Assert.Equal(created.Read<PatientRecord>().Id, record.Patient);
        Assert.NotNull(record.ContentHash);
    }

    [Fact]
    public async Task Given_a_patient_When_updated_without_or_with_an_old_ETag_Then_428_and_412()
    {
        var desk = server.As(Role.FrontDesk);
        var path = (await desk.SendAsync(HttpMethod.Post, "/v1/patients", Person("Etag"))).Headers.Location!.ToString();
        Assert.Equal("version_required", (await desk.SendAsync(HttpMethod.Put, path, Person("Etag"))).Code);
        Assert.Equal("version_mismatch", (await desk.SendAsync(HttpMethod.Put, path, Person("Etag"), version: 7)).Code);
    }

    [Fact]
    public async Task Given_a_patient_of_another_practice_When_asked_for_Then_404_as_if_there_were_none()
    {
        var (_, stranger) = await server.OtherPracticeAsync("other-1");
        var theirs = await stranger.PostAsync<PatientRecord>("/v1/patients", Person("Foreign"));
        var asked = await server.As(Role.Clinical).SendAsync(HttpMethod.Get, $"/v1/patients/{theirs.Id}");
        var nothing = await server.As(Role.Clinical).SendAsync(HttpMethod.Get, $"/v1/patients/{Guid.Empty}");
        Assert.Equal(HttpStatusCode.NotFound, asked.Status);
        Assert.Equal(nothing.Code, asked.Code);
        Assert.Empty((await server.As(Role.Clinical).PostAsync<Page<PatientRecord>>("/v1/patients/search", new PatientSearch("Foreign", null, null))).Items);
    }

    [Fact]
    public async Task Given_many_of_a_name_When_searched_Then_pages_hold_each_once()
    {
        var desk = server.As(Role.FrontDesk);
        for (var i = 0; i < 7; i++) await desk.PostAsync<PatientRecord>("/v1/patients", Person("Pagewell", $"Given{i}"));
        List<Guid> seen = [];
        string? cursor = null;
        do
        {
            var page = await desk.PostAsync<Page<PatientRecord>>($"/v1/patients/search?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}", new PatientSearch("pagew", null, null));
            Assert.True(page.Items.Length <= 3);
            seen.AddRange(page.Items.Select(p => p.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(7, seen.Count);
        Assert.Equal(7, seen.Distinct().Count());
    }

    [Fact]
    public async Task Given_a_cursor_When_altered_or_of_another_list_Then_refused()
    {
        var desk = server.As(Role.FrontDesk);
        for (var i = 0; i < 3; i++) await desk.PostAsync<PatientRecord>("/v1/patients", Person("Cursorly", $"Given{i}"));
        var cursor = (await desk.PostAsync<Page<PatientRecord>>("/v1/patients/search?limit=1", new PatientSearch("cursorly", null, null))).Next!;
        var flipped = (cursor[0] == 'a' ? 'b' : 'a') + cursor[1..];
        foreach (var bad in new[] { flipped, cursor[..^1], "x", new string('a', 2000) })
        {
            var answer = await desk.SendAsync(HttpMethod.Post, $"/v1/patients/search?limit=1&cursor={bad}", new PatientSearch("cursorly", null, null));
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal("/cursor", answer.Pointer);
        }

        var foreign = await desk.SendAsync(HttpMethod.Post, $"/v1/patients/search?limit=1&cursor={cursor}", new PatientSearch("another", null, null));
        Assert.Equal("/cursor", foreign.Pointer);
    }

    [Fact]
    public async Task Given_a_search_When_made_Then_the_log_holds_whom_it_showed_and_no_name()
    {
        var desk = server.As(Role.FrontDesk);
        var patient = await desk.PostAsync<PatientRecord>("/v1/patients", Person("Quetzalcoatl", "Xochitl"));
        var search = await desk.SendAsync(HttpMethod.Post, "/v1/patients/search", new PatientSearch("Quetz", null, null));
        var page = await server.As(Role.SecurityOfficer).SendAsync(HttpMethod.Get, $"/v1/audit/records?correlationId={search.CorrelationId}");
        Assert.Contains(patient.Id.ToString(), page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("uetz", page.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Given_no_BAA_When_a_real_patient_is_registered_Then_baa_required()
    {
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, "/v1/patients", Person("Real") with { Synthetic = false });
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("baa_required", answer.Code);
    }

    [Fact]
    public async Task Given_a_restart_When_read_Then_everything_acknowledged_is_there()
    {
        var desk = server.As(Role.FrontDesk);
        var patient = await desk.PostAsync<PatientRecord>("/v1/patients", Person("Lasting"));
        await server.RestartAsync();
        Assert.Equal(patient, await desk.GetAsync<PatientRecord>($"/v1/patients/{patient.Id}"));
        Assert.Single((await desk.PostAsync<Page<PatientRecord>>("/v1/patients/search", new PatientSearch("Lasting", null, null))).Items);
    }
}
