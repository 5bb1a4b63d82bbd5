using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Encounters;
using JamEmr.Errors;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class NoteGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly string[] Said =
    [
        "I have had a headache for two days.",
        "Do you have any fever?",
        "No, I have no fever, but I feel sick in the morning.",
        "Your blood pressure is 150 over 95. I will start you on lisinopril 10 mg daily.",
    ];

    [Fact]
    public async Task Given_a_conversation_When_drafted_edited_signed_and_addended_Then_every_step_is_there_with_its_hash()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync(Said);
        var draft = await DraftAsync(clinic, id);
        Assert.Equal((1, id), (draft.Version, draft.Encounter));
        Assert.NotEmpty(draft.Sentences);
        Assert.All(draft.Sentences, s => Assert.All(s.Turns, t => Assert.InRange(t, 1, Said.Length)));
        Assert.NotNull(draft.Author.ModelId);
        Assert.Matches("^[0-9a-f]{64}$", draft.Author.ModelHash);

        var edit = Visit.Edit(
            [
                new SentenceChange(draft.Sentences[0].Number, "Headache for two days, worse in the morning."),
                new SentenceChange(null, "Neck supple.", NoteSection.ObjectiveExam),
                .. draft.Sentences.Skip(1).Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null)),
            ]);
        var edited = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1));
        Assert.Equal((2, clinic.Provider), (edited.Version, edited.Author.Person!.Value));
        var signed = await clinic.Clinician.Reauthenticated().CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
        Assert.Equal((clinic.Provider, 2, edited.HistoryHash), (signed.Signature!.SignedBy, signed.Signature.Version, signed.Signature.HistoryHash));
        var addendum = clinic.NewId();
        var final = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.AddAddendumAsync(addendum, new AddAddendum("Called, better.")));
        Assert.Equal("Called, better.", Assert.Single(final.Addenda).Text);

        var state = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetAsync());
        Assert.Equal((EncounterStatus.Addended, 2), (state.Status, state.NoteVersion));
        Assert.Equal(GrainJson.Hash(final), GrainJson.Hash(await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetNoteAsync())));
        Assert.Equal(GrainJson.Hash(draft), GrainJson.Hash(await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetVersionAsync(1))));
        var before = NoteText.HistoryHash(NoteText.Beginning(id, state.Patient), 1, draft.TextHash, draft.Author, draft.CreatedAt);
        Assert.Equal(NoteText.HistoryHash(before, 2, edited.TextHash, edited.Author, edited.CreatedAt), signed.HistoryHash);
        Assert.Equal(NoteText.TextHash(edited.Sentences), edited.TextHash);
        await RequireTrailAsync(clinic, id, draft, edited, final);
    }

    [Fact]
    public async Task Given_versions_When_listed_Then_they_come_oldest_first_with_differences_and_no_text()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync(Said);
        var draft = await DraftAsync(clinic, id);
        var number = draft.Sentences[0].Number;
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(Visit.Edit(new SentenceChange(number, "Changed.")), 1));
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(Visit.Edit(new SentenceChange(number, null)), 2));
        var reader = clinic.Clinician;
        var page = await reader.CallAsync(id, (IEncounterGrain g) => g.GetVersionsAsync(new PageRequest(null, 2)));
        var rest = await reader.CallAsync(id, (IEncounterGrain g) => g.GetVersionsAsync(new PageRequest(page.Next, 2)));
        Assert.Equal([1, 2, 3], page.Items.Concat(rest.Items).Select(v => v.Version));
        Assert.Equal([number], page.Items[1].Changed);
        Assert.Equal([number], Assert.Single(rest.Items).Removed);
        Assert.All(await reader.TrailAsync(), r => Assert.Equal(AuditEvents.NoteVersionsListed.Code, r.Event));
    }

    [Fact]
    public async Task Given_a_note_that_may_not_be_signed_When_signed_Then_each_refusal_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync(Said);
        await RefusedToSignAsync(clinic.Clinician.Reauthenticated(), id, 1, ErrorCode.NotFound);
        await DraftAsync(clinic, id);
        await RefusedToSignAsync(clinic.As(Role.Clinical).Reauthenticated(), id, 1, ErrorCode.Forbidden);
        await RefusedToSignAsync(clinic.Clinician, id, 1, ErrorCode.ReauthenticationRequired);
        await RefusedToSignAsync(clinic.Clinician.Reauthenticated(), id, 2, ErrorCode.VersionMismatch);
    }

    [Fact]
    public async Task Given_a_proof_of_identity_When_five_minutes_have_passed_Then_it_no_longer_signs()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var id = await SignableAsync(clinic);
        var clinician = clinic.Clinician.Reauthenticated();
        host.Time.Jump(TimeSpan.FromMinutes(5));
        await RefusedToSignAsync(clinician, id, 2, ErrorCode.ReauthenticationRequired);
        await clinic.Clinician.Reauthenticated().CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
    }

    [Fact]
    public async Task Given_a_signed_note_When_signed_again_Then_the_answer_is_the_same_and_one_signature_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await SignableAsync(clinic);
        var clinician = clinic.Clinician.Reauthenticated();
        var first = await clinician.CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
        var second = await clinician.CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
        Assert.Equal(GrainJson.Hash(first), GrainJson.Hash(second));
        Assert.Equal(["note.signed", "note.read"], (await clinician.TrailAsync()).Select(r => r.Event));
        await RefusedToSignAsync(clinic.Clinician.Reauthenticated(), id, 1, ErrorCode.AlreadySigned);
    }

    [Fact]
    public async Task Given_a_signed_note_When_changed_Then_only_addenda_are_possible()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await SignableAsync(clinic);
        await clinic.Clinician.Reauthenticated().CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
        var edit = Visit.Edit(new SentenceChange(null, "More.", NoteSection.Subjective));
        var editor = clinic.Clinician;
        await editor.RefusedAsync(ErrorCode.AlreadySigned, id, (IEncounterGrain g) => g.EditNoteAsync(edit, 2));
        await editor.RefusedAsync(AuditEvents.NoteEdited, ErrorCode.AlreadySigned);
        await clinic.Clinician.RefusedAsync(ErrorCode.AlreadySigned, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        await clinic.Clinician.RefusedAsync(ErrorCode.AlreadySigned, id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(1, from: 5)));

        var addendum = clinic.NewId();
        var adding = clinic.Clinician;
        var first = await adding.CallAsync(id, (IEncounterGrain g) => g.AddAddendumAsync(addendum, new AddAddendum("Called.")));
        var second = await adding.CallAsync(id, (IEncounterGrain g) => g.AddAddendumAsync(addendum, new AddAddendum("Called.")));
        Assert.Equal(GrainJson.Hash(first), GrainJson.Hash(second));
        Assert.Equal(["note.addended", "note.read"], (await adding.TrailAsync()).Select(r => r.Event));
        await clinic.Clinician.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.AddAddendumAsync(addendum, new AddAddendum("Other.")));
    }

    [Fact]
    public async Task Given_an_unsigned_note_When_an_addendum_is_added_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await SignableAsync(clinic);
        var adding = clinic.Clinician;
        await adding.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.AddAddendumAsync(clinic.NewId(), new AddAddendum("Early.")));
        await adding.RefusedAsync(AuditEvents.NoteAddended, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_a_draft_When_turns_come_or_it_is_drafted_again_Then_the_transcript_is_closed_and_edits_end_drafting()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync(Said);
        var first = await DraftAsync(clinic, id);
        await clinic.Clinician.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(1, from: 5)));
        var second = await DraftAsync(clinic, id);
        Assert.Equal((2, first.TextHash), (second.Version, second.TextHash));
        Assert.NotEqual(first.HistoryHash, second.HistoryHash);
        var edit = Visit.Edit(new SentenceChange(null, "Mine.", NoteSection.Subjective));
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, 2));
        var clinician = clinic.Clinician;
        await clinician.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        await clinician.RefusedAsync(AuditEvents.NoteDrafted, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_nothing_said_or_no_note_When_asked_for_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync();
        await clinic.Clinician.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        var reader = clinic.Clinician;
        await reader.RefusedAsync(ErrorCode.NotFound, id, (IEncounterGrain g) => g.GetNoteAsync());
        await reader.RefusedAsync(AuditEvents.NoteRead, ErrorCode.NotFound);
        await clinic.Clinician.RefusedAsync(ErrorCode.NotFound, id, (IEncounterGrain g) => g.GetVersionAsync(1));
    }

    [Fact]
    public async Task Given_an_edit_of_a_stale_version_or_malformed_When_sent_Then_it_is_refused_on_the_log_and_nothing_changed()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await SignableAsync(clinic);
        var edit = Visit.Edit(new SentenceChange(null, "More.", NoteSection.Subjective));
        var late = clinic.Clinician;
        await late.RefusedAsync(ErrorCode.VersionMismatch, id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1));
        await late.RefusedAsync(AuditEvents.NoteEdited, ErrorCode.VersionMismatch);
        var careless = clinic.Clinician;
        var refusal = await careless.RefusedAsync(
            ErrorCode.InvalidRequest, id, (IEncounterGrain g) => g.EditNoteAsync(Visit.Edit(new SentenceChange(999, "x")), 2));
        Assert.Equal("/changes/0/sentence", refusal.Pointer);
        Assert.Equal(2, (await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetNoteAsync())).Version);
    }

    [Fact]
    public async Task Given_front_desk_or_an_officer_When_they_read_the_note_Then_only_the_trail_is_open_to_the_officer()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await SignableAsync(clinic);
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(ErrorCode.Forbidden, id, (IEncounterGrain g) => g.GetNoteAsync());
        Assert.Equal(AuditEvents.AccessRefused.Code, (await desk.OnlyRecordAsync()).Event);
        var officer = clinic.Officer;
        await officer.RefusedAsync(ErrorCode.Forbidden, id, (IEncounterGrain g) => g.GetNoteAsync());
        Assert.NotEmpty((await clinic.Officer.CallAsync(id, (IEncounterGrain g) => g.GetProvenanceAsync(false, new PageRequest(null, 50)))).Steps);
    }

    private static Task<NoteRecord> DraftAsync(Clinic clinic, Guid id) =>
        clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));

    private static async Task<Guid> SignableAsync(Clinic clinic)
    {
        var id = await clinic.VisitAsync(Said);
        var draft = await DraftAsync(clinic, id);
        var edit = Visit.Edit(
            [
                new SentenceChange(null, "Reviewed.", NoteSection.AssessmentAndPlan),
                .. draft.Sentences.Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null)),
            ]);
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1));
        return id;
    }

    private static async Task RefusedToSignAsync(Actor actor, Guid id, int version, ErrorCode code)
    {
        var again = actor.Again();
        await again.RefusedAsync(code, id, (IEncounterGrain g) => g.SignAsync(version));
        // Who did not prove their identity again gets no further than to the policy.
        await again.RefusedAsync(code is ErrorCode.ReauthenticationRequired ? AuditEvents.AccessRefused : AuditEvents.SignatureRefused, code);
    }

    private static async Task RequireTrailAsync(Clinic clinic, Guid id, NoteRecord draft, NoteRecord edited, NoteRecord final)
    {
        var officer = clinic.Officer;
        var trail = await officer.CallAsync(id, (IEncounterGrain g) => g.GetProvenanceAsync(false, new PageRequest(null, 50)));
        Assert.Equal(
            ["encounter.opened", "encounter.consent-recorded", "transcript.appended", "note.drafted", "note.edited", "note.signed", "note.addended"],
            trail.Steps.Select(s => s.Event));
        Assert.Equal(
            [draft.TextHash, edited.TextHash, final.HistoryHash, final.Addenda[0].TextHash], trail.Steps.Skip(3).Select(s => s.ContentHash));
        Assert.Equal((draft.Author.ModelId, draft.Author.ModelHash), (trail.Steps[3].ModelId, trail.Steps[3].ModelHash));
        await officer.DidAsync(AuditEvents.ProvenanceRead, trail.Steps.Length > 0 ? await PatientOfAsync(clinic, id) : null);

        var log = await clinic.Officer.CallAsync(
            "audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(EntityId: id.ToString("D"), OldestFirst: true), new PageRequest(null, 200)));
        var byId = log.Items.ToDictionary(i => i.Record.Id, i => i.Record);
        Assert.All(trail.Steps, step => Assert.Equal(
            (step.Event, step.ContentHash, step.At, AuditOutcome.Success),
            (byId[step.AuditRecord].Event, byId[step.AuditRecord].ContentHash, byId[step.AuditRecord].Time, byId[step.AuditRecord].Outcome)));
    }

    private static async Task<Guid> PatientOfAsync(Clinic clinic, Guid id) =>
        (await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetAsync())).Patient;
}
