using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class PatientFaultTests
{
    [Fact]
    public async Task Given_nothing_can_be_recorded_When_a_patient_is_read_Then_nothing_is_shown()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.RegisterAsync();
        host.Publishing.Break();
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, id, (IPatientGrain g) => g.GetAsync());
        host.Publishing.Mend();
        Assert.Equal(id, (await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.GetAsync())).Id);
    }

    [Fact]
    public async Task Given_a_registration_stored_but_not_recorded_When_repeated_after_a_restart_Then_it_is_done_once_and_recorded_once()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var id = clinic.NewId();
        var desk = clinic.FrontDesk;
        host.Publishing.Break(r => r.Event == AuditEvents.PatientRegistered.Code);
        await desk.RefusedAsync(ErrorCode.Unavailable, id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        await host.RestartAsync();
        host.Publishing.Mend();
        var record = await desk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        Assert.Equal("MRN-000001", record.Mrn);
        Assert.Single(await desk.TrailAsync(), r => r.Event == AuditEvents.PatientRegistered.Code);
    }

    [Fact]
    public async Task Given_a_registration_that_died_before_it_was_stored_When_searched_Then_nobody_is_shown_until_it_is_repeated()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = clinic.NewId();
        saving.FailNext(state => state is Audited<PatientState>);
        await clinic.FrontDesk.RefusedAsync(ErrorCode.Unavailable, id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        await host.RestartAsync();
        Assert.Empty(await Search.FamilyAsync(clinic, "obrien"));
        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "obrien"));
    }

    [Fact]
    public async Task Given_a_new_name_that_died_before_it_was_stored_When_searched_Then_the_patient_is_found_by_the_true_name_only()
    {
        var saving = new SaveSwitch();
        await using var host = await GrainHost.StartAsync(saving.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.RegisterAsync();
        saving.FailNext(state => state is Audited<PatientState>);
        await clinic.FrontDesk.RefusedAsync(
            ErrorCode.Unavailable, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { Family = "Obama" }, 1));
        await host.RestartAsync();
        Assert.Equal([id], await Search.FamilyAsync(clinic, "obrien"));
        Assert.Empty(await Search.FamilyAsync(clinic, "obama"));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "ob"));
    }

    [Fact]
    public async Task Given_a_new_name_stored_but_not_recorded_When_searched_Then_the_patient_is_found_by_it_and_the_next_change_cleans_up()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.RegisterAsync();
        host.Publishing.Break(r => r.Event == AuditEvents.PatientUpdated.Code);
        await clinic.FrontDesk.RefusedAsync(
            ErrorCode.Unavailable, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { Family = "Smith" }, 1));
        host.Publishing.Mend();
        await host.RestartAsync();
        Assert.Empty(await Search.FamilyAsync(clinic, "obrien"));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "smith"));
        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann with { Family = "Jones" }, 2));
        Assert.Equal([id], await Search.FamilyAsync(clinic, "jones"));
        Assert.Empty(await Search.FamilyAsync(clinic, "smith"));
        Assert.DoesNotContain(host.Logs.All, line => line.Contains(" 3001:", StringComparison.Ordinal));
    }
}
