using System.Net;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>A note's life over HTTP.</summary>
public sealed class VisitTests(ApiServer server) : IClassFixture<ApiServer>
{
    private ApiClient Clinician => server.As(Role.Clinical);

    [Fact]
    public async Task Given_no_consent_When_a_turn_is_sent_Then_refused_and_nothing_is_kept()
    {
        var path = await OpenAsync();
        var answer = await Clinician.SendAsync(HttpMethod.Post, $"{path}/turns", Say("I have a cough."));
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal("consent_required", answer.Code);
        Assert.Equal(0, (await Clinician.GetAsync<EncounterRecord>(path)).TurnCount);
    }

    [Fact]
    public async Task Given_a_draft_When_signed_without_reauthentication_Then_refused_on_the_log()
    {
        var path = await DraftedAsync();
        await server.PassAsync(TimeSpan.FromMinutes(6));
        var answer = await Clinician.SendAsync(HttpMethod.Post, $"{path}/note/sign", version: 1);
        Assert.Equal("reauthentication_required", answer.Code);
        Assert.Equal("reauthentication_required", (await Log.OneAsync(server, answer, AuditEvents.AccessRefused)).Reason);
    }

    [Fact]
    public async Task Given_a_whole_visit_When_signed_Then_versions_trail_and_log_tell_the_same_story()
    {
        var path = await DraftedAsync();
        var draft = await Clinician.GetAsync<NoteRecord>($"{path}/note");
        Assert.NotEmpty(draft.Sentences);
        Assert.All(draft.Sentences, s => Assert.NotEmpty(s.Turns));
        var first = draft.Sentences[0];
        var edited = await Clinician.ExpectAsync<NoteRecord>(
            HttpMethod.Patch, $"{path}/note", new EditNote([new SentenceChange(first.Number, "Cough for three days, confirmed.")]), draft.Version);
        Assert.Equal(SentenceOrigin.Person, edited.Sentences.Single(s => s.Number == first.Number).Origin);

        await ApiServer.ReauthenticateAsync(Clinician);
        var signed = await Clinician.PostAsync<NoteRecord>($"{path}/note/sign", null, edited.Version);
        Assert.Equal(edited.HistoryHash, signed.Signature!.HistoryHash);
        Assert.Equal("already_signed", (await Clinician.SendAsync(HttpMethod.Patch, $"{path}/note", new EditNote([new SentenceChange(first.Number, null)]), edited.Version)).Code);

        await Clinician.PostAsync<NoteRecord>($"{path}/note/addenda", new AddAddendum("Called back."));
        var original = await Clinician.GetAsync<NoteRecord>($"{path}/note/versions/1");
        Assert.Equal(JsonSerializer.Serialize(draft.Sentences), JsonSerializer.Serialize(original.Sentences));
        Assert.Equal(draft.TextHash, original.TextHash);

        var trail = await Clinician.GetAsync<ProvenanceTrail>($"{path}/provenance");
        Assert.Equal(
            [AuditEvents.EncounterOpened.Code, AuditEvents.ConsentRecorded.Code, AuditEvents.TurnsAppended.Code, AuditEvents.NoteDrafted.Code, AuditEvents.NoteEdited.Code, AuditEvents.NoteSigned.Code, AuditEvents.NoteAddended.Code],
            trail.Steps.Select(s => s.Event));
        var log = await server.As(Role.SecurityOfficer).GetAsync<AuditPage>("/v1/audit/records?limit=200");
        Assert.All(trail.Steps, step => Assert.Contains(log.Items, i => i.Record.Id == step.AuditRecord && i.Record.Event == step.Event));
    }

    [Fact]
    public async Task Given_a_note_When_another_clinician_signs_Then_forbidden_and_on_the_log()
    {
        var path = await DraftedAsync();
        await server.HireAsync("second.doc", Role.Clinical);
        using var other = await server.SignInAsync("first", "second.doc");
        await ApiServer.ReauthenticateAsync(other);
        var answer = await other.SendAsync(HttpMethod.Post, $"{path}/note/sign", version: 1);
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        await Log.OneAsync(server, answer, AuditEvents.SignatureRefused);
    }

    [Fact]
    public async Task Given_a_note_When_front_desk_reads_it_Then_forbidden_without_a_word_of_it()
    {
        var path = await DraftedAsync();
        var answer = await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, $"{path}/note");
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.DoesNotContain("cough", answer.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Given_words_of_a_visit_When_the_whole_log_is_read_Then_none_of_them_is_in_it()
    {
        await DraftedAsync("I cough since the xylophone concert.");
        var officer = server.As(Role.SecurityOfficer);
        string? cursor = null;
        do
        {
            var answer = await officer.SendAsync(HttpMethod.Get, $"/v1/audit/records?limit=200{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.DoesNotContain("xylophone", answer.Body, StringComparison.OrdinalIgnoreCase);
            cursor = answer.Read<AuditPage>().Next;
        }
        while (cursor is not null);
    }

    private async Task<string> OpenAsync()
    {
        var patient = await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
            "/v1/patients", new Demographics("Visit", "Vera", new DateOnly(1950, 6, 7), AdministrativeGender.Female, true));
        var encounter = await Clinician.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(patient.Id));
        return $"/v1/encounters/{encounter.Id}";
    }

    private async Task<string> DraftedAsync(string complaint = "I have had a cough for three days.")
    {
        var path = await OpenAsync();
        await Clinician.ExpectAsync<EncounterRecord>(HttpMethod.Put, $"{path}/consent", new RecordConsent(true, ConsentMethod.Verbal), null);
        await Clinician.PostAsync<EncounterRecord>($"{path}/turns", Say("What brings you in today?", complaint, "Any fever?", "No, I have not had any fever.", "Your lungs are clear. Let's start guaifenesin 400 mg every four hours."));
        await Clinician.PostAsync<NoteRecord>($"{path}/draft", null);
        return path;
    }

    private static object Say(params string[] lines) => new
    {
        turns = lines.Select((text, i) => new Turn(i + 1, i % 2 == 0 ? Speaker.Clinician : Speaker.Patient, TimeSpan.FromSeconds(i * 3), TimeSpan.FromSeconds(i * 3 + 2), text)),
    };
}
