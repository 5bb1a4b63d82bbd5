using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Ledger.Merkle;
using JamEmr.Patients;

namespace JamEmr.Tests.Api;

/// <summary>A signed note, rebuilt and checked from nothing but what the log and the API give, with the form that <c>NoteText</c> documents.</summary>
public sealed class AuditProvenanceTests(ApiServer server) : IClassFixture<ApiServer>
{
    private ApiClient Clinician => server.As(Role.Clinical);

    private ApiClient Officer => server.As(Role.PrivacyOfficer);

    [Fact]
    public async Task Given_a_signed_note_When_its_trail_is_proven_Then_every_version_and_the_signature_follow_from_the_ledger()
    {
        var (id, patient) = await SignedAsync();
        var trail = await Officer.GetAsync<ProvenanceTrail>($"/v1/encounters/{id}/provenance?proofs=true");
        Assert.Equal((id, patient, 8), (trail.Encounter, trail.Patient, trail.Steps.Length));

        var before = Sha256($"jamemr-note-1\n{id}\n{patient}\n");
        foreach (var step in trail.Steps)
        {
            var record = await ProvenRecordAsync(trail, step);
            Assert.Equal((id.ToString(), (Guid?)patient, step.ContentHash), (record.EntityId, record.Patient, record.ContentHash));
            if (step.Event is not ("note.drafted" or "note.edited")) continue;

            // The text of the version, byte for byte: its hash is the one on the ledger.
            var version = int.Parse(record.Detail["version"], CultureInfo.InvariantCulture);
            var note = await Clinician.GetAsync<NoteRecord>($"/v1/encounters/{id}/note/versions/{version}");
            Assert.Equal(record.ContentHash, Sha256(Canonical(note)));

            // The chain, from fields of the ledger's records alone.
            var author = step.Event == "note.drafted" ? $"model {record.Detail["modelHash"]} {record.Detail["modelId"]}" : $"person {record.ActorId}";
            before = Sha256($"jamemr-note-version-1\n{before}\n{version}\n{record.ContentHash}\n{author}\n{record.Detail["createdAt"]}\n");
            Assert.Equal((before, before, before), (record.Detail["historyHash"], step.HistoryHash, note.HistoryHash));
        }

        var signed = await RecordAsync(trail.Steps.Single(s => s.Event == "note.signed").AuditRecord);
        Assert.Equal(before, signed.Record.ContentHash);
        var addended = trail.Steps.Single(s => s.Event == "note.addended");
        Assert.Equal(Sha256("Called back."), addended.ContentHash);
    }

    [Fact]
    public async Task Given_a_note_When_its_trail_is_read_Then_it_names_transcript_model_differences_and_places()
    {
        var (id, _) = await SignedAsync();
        var answer = await Officer.SendAsync(HttpMethod.Get, $"/v1/encounters/{id}/provenance");
        var trail = answer.Read<ProvenanceTrail>();
        var draft = trail.Steps.Single(s => s.Event == "note.drafted");
        Assert.Matches("^[0-9a-f]{64}$", draft.TranscriptHash);
        Assert.Matches("^[0-9a-f]{64}$", draft.ModelHash);
        Assert.NotNull(draft.ModelId);
        Assert.NotEmpty(draft.Difference!.Added);
        var edits = trail.Steps.Where(s => s.Event == "note.edited").ToList();
        Assert.Equal([1, 0], edits.Select(e => e.Difference!.Changed.Length));
        Assert.Equal([0, 1], edits.Select(e => e.Difference!.Added.Length));
        Assert.Equal(trail.Steps.Select(s => s.Index).Order(), trail.Steps.Select(s => s.Index));
        Assert.All(trail.Steps, s => Assert.Null(s.Proof));
        Assert.Equal("8", (await Log.OneAsync(server, answer, AuditEvents.ProvenanceRead)).Detail["count"]);

        var first = await Officer.GetAsync<ProvenanceTrail>($"/v1/encounters/{id}/provenance?limit=5");
        var rest = await Officer.GetAsync<ProvenanceTrail>($"/v1/encounters/{id}/provenance?limit=5&cursor={first.Next}");
        Assert.Equal(trail.Steps.Select(s => s.AuditRecord), first.Steps.Concat(rest.Steps).Select(s => s.AuditRecord));
        Assert.Null(rest.Next);
    }

    private async Task<AuditRecord> ProvenRecordAsync(ProvenanceTrail trail, ProvenanceStep step)
    {
        var (index, record) = await RecordAsync(step.AuditRecord);
        Assert.Equal((step.Index, step.Event), (index, record.Event));
        var proof = step.Proof!;
        Assert.Equal((index, trail.TreeSize, trail.RootHash), (proof.Index, proof.TreeSize, proof.RootHash));
        // The leaf is the record as the API shows it.
        var leaf = MerkleTree.LeafHash(JsonSerializer.SerializeToUtf8Bytes(record, JamEmr.Api.Http.ApiJson.Options));
        Assert.Equal(proof.LeafHash, leaf.ToString());
        Assert.True(Proofs.VerifyInclusion(
            proof.Index, proof.TreeSize, leaf.Span, [.. proof.Path.Select(Convert.FromHexString)], Convert.FromHexString(trail.RootHash)));
        return record;
    }

    private async Task<SequencedRecord> RecordAsync(Guid id) =>
        Assert.Single((await Officer.GetAsync<AuditPage>($"/v1/audit/records?record={id}")).Items);

    private static string Canonical(NoteRecord note) => string.Concat(note.Sentences.Select(s =>
        $"{s.Number}\t{Camel(s.Section)}\t{string.Join(',', s.Turns)}\t{Camel(s.Origin)}\t{(s.Supported ? "true" : "false")}\t{s.Text}\n"));

    private static string Camel<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private async Task<(Guid Encounter, Guid Patient)> SignedAsync()
    {
        var patient = await server.As(Role.FrontDesk).PostAsync<PatientRecord>(
            "/v1/patients", new Demographics("Trail", "Tess", new DateOnly(1950, 6, 7), AdministrativeGender.Female, true));
        var encounter = await Clinician.PostAsync<EncounterRecord>("/v1/encounters", new OpenEncounter(patient.Id));
        var path = $"/v1/encounters/{encounter.Id}";
        await Clinician.ExpectAsync<EncounterRecord>(HttpMethod.Put, $"{path}/consent", new RecordConsent(true, ConsentMethod.Verbal), null);
        string[] lines = ["What brings you in today?", "I have had a cough for three days.", "Any fever?", "No, I have not had any fever."];
        await Clinician.PostAsync<EncounterRecord>($"{path}/turns", new
        {
            turns = lines.Select((text, i) => new Turn(i + 1, i % 2 == 0 ? Speaker.Clinician : Speaker.Patient, TimeSpan.FromSeconds(i * 3), TimeSpan.FromSeconds((i * 3) + 2), text)),
        });
        var draft = await Clinician.PostAsync<NoteRecord>($"{path}/draft", null);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await EditAsync(path, 1, new SentenceChange(draft.Sentences[0].Number, "Cough für three days — “worse” at night."));
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await EditAsync(path, 2, [new SentenceChange(null, "Rest.", NoteSection.AssessmentAndPlan), .. draft.Sentences.Skip(1).Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null))]);
        await ApiServer.ReauthenticateAsync(Clinician);
        await Clinician.PostAsync<NoteRecord>($"{path}/note/sign", null, 3);
        await Clinician.PostAsync<NoteRecord>($"{path}/note/addenda", new AddAddendum("Called back."));
        return (encounter.Id, patient.Id);
    }

    private Task<NoteRecord> EditAsync(string path, int version, params SentenceChange[] changes) =>
        Clinician.ExpectAsync<NoteRecord>(HttpMethod.Patch, $"{path}/note", new EditNote([.. changes]), version);
}
