using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Encounters;
using JamEmr.Errors;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class EncounterGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_a_checked_in_patient_When_an_encounter_is_opened_Then_the_clinician_answers_for_it_and_it_is_listed()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var appointment = await clinic.BookAsync(patient, "10:00");
        var id = clinic.NewId();
        var clinician = clinic.Clinician;
        var record = await clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient, appointment.Id)));
        Assert.Equal((id, patient, clinic.Provider, appointment.Id), (record.Id, record.Patient, record.Clinician, record.Appointment!.Value));
        Assert.Equal((EncounterStatus.InProgress, 0, 0, 1), (record.Status, record.TurnCount, record.NoteVersion, record.Version));
        Assert.Equal(GrainJson.Hash(record), (await clinician.DidAsync(AuditEvents.EncounterOpened, patient)).ContentHash);

        var reader = clinic.Clinician;
        Assert.Equal([id], (await ListAsync(reader, patient)).Items);
        await reader.DidAsync(AuditEvents.EncountersListed, patient);
    }

    [Fact]
    public async Task Given_the_same_request_When_repeated_Then_it_is_opened_once_and_another_request_or_clinician_conflicts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (patient, other) = (await clinic.RegisterAsync(), await clinic.RegisterAsync());
        var id = clinic.NewId();
        var clinician = clinic.Clinician;
        var first = await clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        Assert.Equal(first, await clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient))));
        Assert.Equal(["encounter.opened", "encounter.read"], (await clinician.TrailAsync()).Select(r => r.Event));

        var again = clinic.Clinician;
        await again.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(other)));
        await again.RefusedAsync(AuditEvents.EncounterOpened, ErrorCode.Conflict);
        await clinic.As(Role.Clinical).RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
    }

    [Fact]
    public async Task Given_unknown_or_foreign_references_When_opened_Then_the_field_is_named_on_the_log_and_nothing_is_listed()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var (patient, other) = (await clinic.RegisterAsync(), await clinic.RegisterAsync());
        var foreign = await clinic.BookAsync(other, "10:00");
        var cancelled = await clinic.BookAsync(patient, "11:00");
        await clinic.FrontDesk.CallAsync(cancelled.Id, (IAppointmentGrain g) => g.CancelAsync(new CancelAppointment("Ill"), 1));
        (OpenEncounter Request, string Pointer)[] cases =
        [
            (new OpenEncounter(clinic.NewId()), "/patient"),
            (new OpenEncounter(patient, clinic.NewId()), "/appointment"),
            (new OpenEncounter(patient, foreign.Id), "/appointment"),
            (new OpenEncounter(patient, cancelled.Id), "/appointment"),
        ];
        foreach (var (request, pointer) in cases)
        {
            var clinician = clinic.Clinician;
            var refusal = await clinician.RefusedAsync(ErrorCode.NotFound, clinic.NewId(), (IEncounterGrain g) => g.OpenAsync(request));
            Assert.Equal(pointer, refusal.Pointer);
            await clinician.RefusedAsync(AuditEvents.EncounterOpened, ErrorCode.NotFound);
        }

        Assert.Empty((await ListAsync(clinic.Clinician, patient)).Items);
        await clinic.Clinician.RefusedAsync(
            ErrorCode.NotFound, $"encounters/{clinic.NewId():D}", (IEncounterRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
    }

    [Fact]
    public async Task Given_no_consent_When_turns_come_Then_they_are_refused_on_the_log_until_it_is_given()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        var early = clinic.Clinician;
        await early.RefusedAsync(ErrorCode.ConsentRequired, id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(1)));
        Assert.Equal(patient, (await early.RefusedAsync(AuditEvents.TurnsAppended, ErrorCode.ConsentRequired)).Patient);

        var refusing = clinic.Clinician;
        var refused = await refusing.CallAsync(id, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(false, ConsentMethod.Written)));
        Assert.False(refused.Consent!.Granted);
        Assert.Equal("false", (await refusing.DidAsync(AuditEvents.ConsentRecorded, patient)).Detail["granted"]);
        await clinic.Clinician.RefusedAsync(ErrorCode.ConsentRequired, id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(1)));
        await clinic.Clinician.RefusedAsync(ErrorCode.ConsentRequired, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));

        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)));
        Assert.Equal(1, (await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(1)))).TurnCount);
    }

    [Fact]
    public async Task Given_turns_When_sent_in_pieces_and_again_Then_the_transcript_holds_each_once_in_order()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync();
        var source = clinic.Clinician;
        await source.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(3)));
        await source.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(3)));
        var record = await source.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync(Visit.Turns(4, from: 2)));
        Assert.Equal(5, record.TurnCount);
        var facts = await source.TrailAsync();
        Assert.Equal(["transcript.appended", "encounter.read", "transcript.appended"], facts.Select(r => r.Event));
        Assert.Equal((GrainJson.Hash(Visit.Turns(3)), "1", "3"), (facts[0].ContentHash, facts[0].Detail["first"], facts[0].Detail["last"]));
        Assert.Equal(("4", "5"), (facts[2].Detail["first"], facts[2].Detail["last"]));

        var reader = clinic.Clinician;
        var read = new List<Turn>();
        string? cursor = null;
        do
        {
            var page = await reader.CallAsync(id, (IEncounterGrain g) => g.GetTurnsAsync(new PageRequest(cursor, 2)));
            read.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(Visit.Turns(5), read);
        Assert.All(await reader.TrailAsync(), r => Assert.Equal(AuditEvents.TranscriptRead.Code, r.Event));
    }

    [Fact]
    public async Task Given_other_content_or_a_gap_When_appended_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync("It hurts.");
        var other = clinic.Clinician;
        await other.RefusedAsync(ErrorCode.Conflict, id, (IEncounterGrain g) => g.AppendTurnsAsync([Visit.Said(1, "It does not hurt.")]));
        await other.RefusedAsync(AuditEvents.TurnsAppended, ErrorCode.Conflict);
        var gap = clinic.Clinician;
        var refusal = await gap.RefusedAsync(ErrorCode.InvalidRequest, id, (IEncounterGrain g) => g.AppendTurnsAsync([Visit.Said(3, "Later.")]));
        Assert.Equal("/turns/0/number", refusal.Pointer);
        await gap.RefusedAsync(AuditEvents.TurnsAppended, ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Given_people_and_programs_without_the_right_When_they_call_Then_they_are_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.VisitAsync("It hurts.");
        foreach (var actor in new[] { clinic.FrontDesk, clinic.Administrator, clinic.Officer, clinic.AsToken(Role.Clinical, "system/Patient.rs") })
        {
            await actor.RefusedAsync(ErrorCode.Forbidden, id, (IEncounterGrain g) => g.GetTurnsAsync(new PageRequest(null, 10)));
            Assert.Equal(AuditEvents.AccessRefused.Code, (await actor.OnlyRecordAsync()).Event);
        }

        var program = clinic.AsToken(Role.Clinical, "system/*.cruds");
        var patient = await clinic.RegisterAsync();
        await program.RefusedAsync(ErrorCode.Forbidden, clinic.NewId(), (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        await program.RefusedAsync(AuditEvents.EncounterOpened, ErrorCode.Forbidden);

        var other = await Clinic.FoundAsync(fixture.Host);
        await other.Clinician.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.Of(clinic.Practice, id), (IEncounterGrain g) => g.GetAsync());
        var nobody = clinic.Clinician;
        await nobody.RefusedAsync(ErrorCode.NotFound, clinic.NewId(), (IEncounterGrain g) => g.GetAsync());
        await nobody.RefusedAsync(AuditEvents.EncounterRead, ErrorCode.NotFound);
    }

    [Fact]
    public async Task Given_many_encounters_When_listed_Then_they_page_newest_first()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(clinic.NewId());
            await clinic.Clinician.CallAsync(ids[i], (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        }

        var first = await ListAsync(clinic.Clinician, patient, limit: 3);
        var second = await ListAsync(clinic.Clinician, patient, first.Next, limit: 3);
        Assert.Null(second.Next);
        Assert.Equal(Enumerable.Reverse(ids), first.Items.Concat(second.Items));
    }

    [Fact]
    public async Task Given_an_opening_that_died_before_it_was_stored_When_listed_Then_it_is_not_shown_until_repeated()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var patient = await clinic.RegisterAsync();
        var id = clinic.NewId();
        saving.FailNext(state => state is Audited<EncounterState>);
        await clinic.Clinician.RefusedAsync(ErrorCode.Unavailable, id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        await host.RestartAsync();
        Assert.Empty((await ListAsync(clinic.Clinician, patient)).Items);
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        Assert.Equal([id], (await ListAsync(clinic.Clinician, patient)).Items);
    }

    private static Task<Page<Guid>> ListAsync(Actor actor, Guid patient, string? cursor = null, int limit = 50) =>
        actor.CallAsync($"encounters/{patient:D}", (IEncounterRegistryGrain g) => g.ListAsync(new PageRequest(cursor, limit)));
}
