using System.Net;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Ledger.Merkle;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>What officers ask of the log over HTTP, and what asking leaves on it.</summary>
public sealed class AuditQuestionTests(ApiServer server) : IClassFixture<ApiServer>
{
    private ApiClient Officer => server.As(Role.PrivacyOfficer);

    [Theory]
    [InlineData("event", "patient.registered")]
    [InlineData("category", "patient")]
    [InlineData("action", "create")]
    [InlineData("outcome", "success")]
    [InlineData("actorKind", "user")]
    [InlineData("entityType", "patient")]
    [InlineData("address", "127.0.0.1")]
    public async Task Given_a_condition_on_a_column_When_asked_Then_only_such_records_are_shown(string column, string value)
    {
        var patient = await RegisterAsync();
        var page = await Officer.GetAsync<AuditPage>($"/v1/audit/records?{column}={value}&patient={patient}&limit=200");
        Assert.Contains(page.Items, i => i.Record.Event == "patient.registered");
        Assert.All(page.Items, i => Assert.Equal(patient, i.Record.Patient));
        var other = await Officer.GetAsync<AuditPage>($"/v1/audit/records?{column}={(column is "action" ? "delete" : column is "outcome" ? "failed" : column is "actorKind" ? "token" : "none")}&patient={patient}");
        Assert.Empty(other.Items);
    }

    [Theory]
    [InlineData("action=none", "/action")]
    [InlineData("action=99", "/action")]
    [InlineData("from=yesterday", "/from")]
    [InlineData("actor=me", "/actor")]
    [InlineData("order=up", "/order")]
    [InlineData("sort=name", "/sort")]
    [InlineData("event=", "/event")]
    [InlineData("correlationId=%20", "/correlationId")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "/to")]
    [InlineData("limit=0", "/limit")]
    [InlineData("cursor=abc", "/cursor")]
    [InlineData("entityId=%20", "/entityId")]
    [InlineData("event=%20", "/event")]
    [InlineData("category=%09", "/category")]
    [InlineData("entityType=%20", "/entityType")]
    [InlineData("address=%20%20", "/address")]
    public async Task Given_a_condition_of_the_wrong_form_When_asked_Then_400_points_at_it(string query, string pointer)
    {
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/records?{query}");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", pointer), (answer.Status, answer.Code, answer.Pointer));
    }

    [Fact]
    public async Task Given_a_blank_correlation_When_asked_what_it_left_Then_400_and_not_the_whole_log()
    {
        var answer = await Officer.SendAsync(HttpMethod.Get, "/v1/audit/correlations/%20/records");
        Assert.Equal((HttpStatusCode.BadRequest, "/correlationId"), (answer.Status, answer.Pointer));
    }

    [Theory]
    [InlineData("event", false)]
    [InlineData("event", true)]
    [InlineData("actor", false)]
    [InlineData("outcome", true)]
    [InlineData("entityType", false)]
    public async Task Given_a_column_to_sort_by_When_paged_Then_all_come_once_in_its_order(string column, bool descending)
    {
        var patient = await RegisterAsync();
        await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, $"/v1/patients/{patient}/chart");
        var until = (await Officer.GetAsync<AuditLogFacts>("/v1/audit/log")).Size;
        List<AuditRecord> sorted = [];
        string? cursor = null;
        do
        {
            var page = await Officer.GetAsync<AuditPage>(
                $"/v1/audit/records?sort={column}&descending={(descending ? "true" : "false")}&order=oldest&limit=7&category=patient{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.True(page.Items.Length <= 7);
            sorted.AddRange(page.Items.Where(i => i.Index < until).Select(i => i.Record));
            cursor = page.Next;
        }
        while (cursor is not null);

        var keys = sorted.Select(r => column switch
        {
            "event" => r.Event,
            "actor" => r.ActorId.ToString("D"),
            "outcome" => r.Outcome.ToString().ToLowerInvariant(),
            _ => r.EntityType,
        }).ToList();
        Assert.Equal(sorted.Count, sorted.DistinctBy(r => r.Id).Count());
        Assert.True(sorted.Count >= 2);
        Assert.Equal(descending ? keys.OrderDescending(StringComparer.Ordinal) : keys.Order(StringComparer.Ordinal), keys);
    }

    [Fact]
    public async Task Given_a_record_id_When_asked_Then_that_record_and_no_other()
    {
        var patient = await RegisterAsync();
        var record = (await Officer.GetAsync<AuditPage>($"/v1/audit/records?patient={patient}&event=patient.registered")).Items[0];
        var found = Assert.Single((await Officer.GetAsync<AuditPage>($"/v1/audit/records?record={record.Record.Id}")).Items);
        Assert.Equal(record.Index, found.Index);
    }

    [Fact]
    public async Task Given_an_actor_and_a_request_When_asked_about_Then_what_they_left_is_shown()
    {
        var answer = await server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice");
        var left = await Officer.GetAsync<AuditPage>($"/v1/audit/correlations/{answer.CorrelationId}/records");
        var record = Assert.Single(left.Items).Record;
        var did = await Officer.GetAsync<AuditPage>($"/v1/audit/actors/{record.ActorId}/records?event=practice.read");
        Assert.Contains(did.Items, i => i.Record.Id == record.Id);
        Assert.All(did.Items, i => Assert.Equal(record.ActorId, i.Record.ActorId));
    }

    [Fact]
    public async Task Given_people_who_saw_a_patient_When_asked_Then_each_is_named_with_times_kinds_and_counts()
    {
        var patient = await RegisterAsync();
        await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        Assert.Equal(HttpStatusCode.Forbidden, (await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, $"/v1/patients/{patient}/chart")).Status);
        await Officer.GetAsync<AuditPage>($"/v1/audit/records?patient={patient}");

        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/patients/{patient}/access");
        var access = answer.Read<AccessPage>();

        Assert.Equal(2, access.Items.Length);
        var clinician = Assert.Single(access.Items, a => a.Kinds.Any(k => k.Event == "patient.read"));
        Assert.Equal((2, 0, ActorKind.User), (clinician.Count, clinician.Refused, clinician.Kind));
        Assert.True(clinician.First.Index < clinician.Last.Index);
        Assert.DoesNotContain(access.Items.SelectMany(a => a.Kinds), k => k.Event.StartsWith("audit.", StringComparison.Ordinal));
        var behind = await Officer.GetAsync<AuditPage>($"/v1/audit/records?patient={patient}&actor={clinician.Actor}&order=oldest");
        Assert.Equal((clinician.First.Record, clinician.Last.Record), (behind.Items[0].Record.Id, behind.Items[^1].Record.Id));
        var asked = await Log.OneAsync(server, answer, AuditEvents.AuditRead);
        Assert.Equal(((Guid?)patient, "access"), (asked.Patient, asked.Detail["question"]));

        var first = await Officer.GetAsync<AccessPage>($"/v1/audit/patients/{patient}/access?limit=1");
        var second = await Officer.GetAsync<AccessPage>($"/v1/audit/patients/{patient}/access?limit=1&cursor={first.Next}");
        Assert.Equal(access.Items.Select(a => a.Actor), [first.Items[0].Actor, second.Items[0].Actor]);
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Given_a_search_that_listed_several_When_asked_who_saw_one_of_them_Then_the_searcher_is_among_them()
    {
        var (one, _) = (await RegisterAsync("Listed"), await RegisterAsync("Listed"));
        await server.As(Role.Clinical).PostAsync<Page<PatientRecord>>("/v1/patients/search", new PatientSearch("Listed", null, null));
        var access = await Officer.GetAsync<AccessPage>($"/v1/audit/patients/{one}/access");
        var searcher = Assert.Single(access.Items, a => a.Kinds.Any(k => k.Event == "patient.listed"));
        var record = (await Officer.GetAsync<AuditPage>($"/v1/audit/records?record={searcher.First.Record}")).Items[0].Record;
        Assert.Equal("patient.searched", record.Detail["event"]);
        Assert.Equal("2", (await Officer.GetAsync<AuditPage>($"/v1/audit/records?record={record.Detail["list"]}")).Items[0].Record.Detail["count"]);
    }

    [Fact]
    public async Task Given_disclosures_When_recorded_and_accounted_for_Then_the_log_has_ids_and_no_words()
    {
        var patient = await RegisterAsync();
        var path = $"/v1/patients/{patient}/disclosures";
        var today = DateOnly.FromDateTime(server.Time.GetUtcNow().UtcDateTime);
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Post, path, new RecordDisclosure(today, "Quixote County", null, "Xylograph", "Zeitgeist"));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        var recorded = await Log.OneAsync(server, answer, AuditEvents.DisclosureRecorded);
        var disclosure = answer.Read<DisclosureRecord>();
        Assert.Equal((disclosure.Id.ToString(), (Guid?)patient), (recorded.EntityId, recorded.Patient));

        await Officer.PostAsync<DisclosureRecord>($"{path}/{disclosure.Id}/suspension", new SuspendDisclosure(today.AddDays(30), false, "Sheriff Yvonne"));
        Assert.Single((await Officer.GetAsync<Page<DisclosureRecord>>(path)).Items);
        Assert.Empty((await Officer.GetAsync<Page<DisclosureRecord>>($"{path}?forPatient=true")).Items);
        Assert.Equal("/to", (await Officer.SendAsync(HttpMethod.Get, $"{path}?from=2026-02-02&to=2026-02-01")).Pointer);
        var left = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/records?patient={patient}&limit=200");
        Assert.Equal(
            ["disclosure.recorded", "disclosure.suspended", "disclosure.listed"],
            left.Read<AuditPage>().Items.Where(i => i.Record is { EntityType: "disclosure", Outcome: AuditOutcome.Success }).Select(i => i.Record.Event).Reverse().Distinct());
        foreach (var word in new[] { "Quixote", "Xylograph", "Zeitgeist", "Yvonne" }) Assert.DoesNotContain(word, left.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_counts_by_actor_and_action_When_paged_Then_they_add_up_to_the_records()
    {
        var patient = await RegisterAsync();
        await server.As(Role.Clinical).GetAsync<PatientRecord>($"/v1/patients/{patient}");
        var path = $"/v1/audit/counts?by=actor,action&patient={patient}&category=patient";
        var answer = await Officer.SendAsync(HttpMethod.Get, path);
        var counts = answer.Read<AuditCountPage>();

        Assert.Equal(2, counts.Items.Length);
        Assert.All(counts.Items, c => Assert.Equal((1, DateOnly.FromDateTime(server.Time.GetUtcNow().UtcDateTime), (string?)null), (c.Count, c.Day, c.Event)));
        Assert.Equal([AuditAction.Create, AuditAction.Read], counts.Items.Select(c => c.Action!.Value).Order());
        Assert.Equal("Actor, Action", (await Log.OneAsync(server, answer, AuditEvents.AuditCounted)).Detail["by"]);

        var first = await Officer.GetAsync<AuditCountPage>($"{path}&limit=1");
        var second = await Officer.GetAsync<AuditCountPage>($"{path}&limit=1&cursor={first.Next}");
        Assert.Equal(counts.Items, [first.Items[0], second.Items[0]]);
        Assert.Null(second.Next);
    }

    [Theory]
    [InlineData("by=patient", "/by")]
    [InlineData("from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/from")]
    [InlineData("from=2027-01-01T00:00:00Z", "/from")]
    [InlineData("to=0001-01-02T00:00:00Z", "/to")]
    [InlineData("to=0001-01-01T00:00:00Z", "/to")]
    public async Task Given_counts_of_the_wrong_form_When_asked_Then_400_points_at_it(string query, string pointer)
    {
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/counts?{query}");
        Assert.Equal((HttpStatusCode.BadRequest, pointer), (answer.Status, answer.Pointer));
    }

    [Fact]
    public async Task Given_the_log_When_described_and_proven_Then_anyone_can_check_it()
    {
        var before = await Officer.GetAsync<AuditLogFacts>("/v1/audit/log");
        await RegisterAsync();
        var answer = await Officer.SendAsync(HttpMethod.Get, "/v1/audit/log");
        var after = answer.Read<AuditLogFacts>();
        Assert.True(after.Size > before.Size);
        Assert.Equal("log", (await Log.OneAsync(server, answer, AuditEvents.AuditRead)).Detail["question"]);

        var included = await Officer.GetAsync<AuditInclusionProof>($"/v1/audit/proofs/inclusion?index={before.Size - 1}&size={after.Size}");
        Assert.Equal(after.RootHash, included.RootHash);
        Assert.True(Proofs.VerifyInclusion(
            included.Index, included.TreeSize, Convert.FromHexString(included.LeafHash), [.. included.Path.Select(Convert.FromHexString)], Convert.FromHexString(after.RootHash)));

        var consistent = await Officer.GetAsync<AuditConsistencyProof>($"/v1/audit/proofs/consistency?from={before.Size}&to={after.Size}");
        Assert.True(Proofs.VerifyConsistency(
            before.Size, after.Size, Convert.FromHexString(before.RootHash), Convert.FromHexString(after.RootHash), [.. consistent.Path.Select(Convert.FromHexString)]));
    }

    [Theory]
    [InlineData("inclusion?index=-1", "/index")]
    [InlineData("inclusion?index=5&size=5", "/size")]
    [InlineData("inclusion?index=100000", "/index")]
    [InlineData("inclusion", "/index")]
    [InlineData("consistency?from=0&to=1", "/from")]
    [InlineData("consistency?from=2&to=1", "/to")]
    [InlineData("consistency?from=1&to=100000", "/to")]
    public async Task Given_a_proof_of_what_is_not_When_asked_Then_400_points_at_it(string query, string pointer)
    {
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/audit/proofs/{query}");
        Assert.Equal((HttpStatusCode.BadRequest, pointer), (answer.Status, answer.Pointer));
    }

    private async Task<Guid> RegisterAsync(string family = "Asked") => (await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
        "/v1/patients", new Demographics(family, "About", new DateOnly(1960, 1, 2), AdministrativeGender.Other, true))).Id;
}
