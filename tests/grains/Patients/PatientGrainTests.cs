using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class PatientGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public async Task Given_a_person_When_registered_Then_they_have_a_number_and_the_record_tells_who_did_it()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        var record = await desk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        Assert.Equal((id, "MRN-000001", Clinic.Ann, 1), (record.Id, record.Mrn, record.Demographics, record.Version));

        var fact = await desk.DidAsync(AuditEvents.PatientRegistered, id);
        Assert.Equal((id.ToString("D"), GrainJson.Hash(record)), (fact.EntityId, fact.ContentHash));
        Assert.Equal((desk.Caller.ActorId, ActorKind.User), (fact.ActorId, fact.ActorKind));
    }

    [Fact]
    public async Task Given_a_registered_person_When_read_Then_the_reading_is_on_the_log_with_what_was_seen()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var reader = clinic.Clinician;
        var record = await reader.CallAsync(id, (IPatientGrain g) => g.GetAsync());
        Assert.Equal(GrainJson.Hash(record), (await reader.DidAsync(AuditEvents.PatientRead, id)).ContentHash);
    }

    [Fact]
    public async Task Given_the_same_request_When_repeated_Then_one_patient_is_registered_and_another_request_conflicts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        var first = await desk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        var second = await desk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann with { Family = " O'Brien " }));
        Assert.Equal(first, second);
        Assert.Equal(["patient.registered", "patient.read"], (await desk.TrailAsync()).Select(r => r.Event));

        var other = clinic.FrontDesk;
        await other.RefusedAsync(ErrorCode.Conflict, id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann with { Given = "Eve" }));
        await other.RefusedAsync(AuditEvents.PatientRegistered, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_no_agreement_When_a_real_person_is_registered_Then_it_is_refused_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var desk = clinic.FrontDesk;
        await desk.RefusedAsync(ErrorCode.BaaRequired, clinic.NewId(), (IPatientGrain g) => g.RegisterAsync(Clinic.Ann with { Synthetic = false }));
        await desk.RefusedAsync(AuditEvents.PatientRegistered, ErrorCode.BaaRequired);
    }

    [Fact]
    public async Task Given_nobody_When_read_or_changed_Then_not_found_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = clinic.NewId();
        var reader = clinic.FrontDesk;
        await reader.RefusedAsync(ErrorCode.NotFound, id, (IPatientGrain g) => g.GetAsync());
        var fact = await reader.RefusedAsync(AuditEvents.PatientRead, ErrorCode.NotFound);
        Assert.Equal(id, fact.Patient);

        var writer = clinic.FrontDesk;
        await writer.RefusedAsync(ErrorCode.NotFound, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann, 1));
        await writer.RefusedAsync(AuditEvents.PatientUpdated, ErrorCode.NotFound);
    }

    [Theory]
    [InlineData(Role.Administrative)]
    [InlineData(Role.SecurityOfficer)]
    [InlineData(Role.PrivacyOfficer)]
    public async Task Given_a_role_without_the_right_When_it_reads_Then_it_is_forbidden_on_the_log(Role role)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var reader = clinic.As(role);
        await reader.RefusedAsync(ErrorCode.Forbidden, id, (IPatientGrain g) => g.GetAsync());
        Assert.Equal(AuditEvents.AccessRefused.Code, (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_another_practice_When_it_names_the_patient_Then_there_is_none()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var stranger = other.Clinician;
        await stranger.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.Of(clinic.Practice, id), (IPatientGrain g) => g.GetAsync());
        Assert.Equal("other_practice", (await stranger.OnlyRecordAsync()).Reason);
        await stranger.RefusedAsync(ErrorCode.NotFound, id, (IPatientGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_program_When_its_scopes_reach_Then_it_reads_and_writes_no_further()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var program = clinic.AsToken(Role.FrontDesk, "system/Patient.rs");
        await program.CallAsync(id, (IPatientGrain g) => g.GetAsync());
        await program.DidAsync(AuditEvents.PatientRead, id);
        await program.RefusedAsync(ErrorCode.Forbidden, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann, 1));
    }

    [Fact]
    public async Task Given_a_version_When_changed_Then_the_next_change_must_name_the_new_one()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var desk = clinic.FrontDesk;
        var changed = await desk.CallAsync(id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { Phone = "555-0101" }, 1));
        Assert.Equal((2, "555-0101"), (changed.Version, changed.Demographics.Phone));
        Assert.Equal(GrainJson.Hash(changed), (await desk.DidAsync(AuditEvents.PatientUpdated, id)).ContentHash);

        var late = clinic.FrontDesk;
        await late.RefusedAsync(ErrorCode.VersionMismatch, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann, 1));
        await late.RefusedAsync(AuditEvents.PatientUpdated, ErrorCode.VersionMismatch);
    }

    [Fact]
    public async Task Given_bad_input_When_sent_Then_the_field_is_named_the_refusal_recorded_and_nothing_changed()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        var desk = clinic.FrontDesk;
        var refusal = await desk.RefusedAsync(
            ErrorCode.InvalidRequest, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { Family = "O\u0000B" }, 1));
        Assert.Equal("/family", refusal.Pointer);
        await desk.RefusedAsync(AuditEvents.PatientUpdated, ErrorCode.InvalidRequest);

        var tomorrow = DateOnly.FromDateTime(fixture.Host.Time.GetUtcNow().UtcDateTime).AddDays(1);
        var unborn = await clinic.FrontDesk.RefusedAsync(
            ErrorCode.InvalidRequest, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { BirthDate = tomorrow }, 1));
        Assert.Equal("/birthDate", unborn.Pointer);
        Assert.Equal(1, (await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.GetAsync())).Version);
    }

    [Fact]
    public async Task Given_a_reader_outside_the_grains_When_it_peeks_Then_it_is_refused()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var id = await clinic.RegisterAsync();
        await clinic.Clinician.RefusedAsync(ErrorCode.Forbidden, id, (IPatientGrain g) => g.PeekAsync());
    }
}
