using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Engine.Clustering;
using JamEmr.Errors;
using JamEmr.Tests.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>Notes are drafted on the silos that are meant for it, wherever the encounter is, and nowhere else (ADR 20).</summary>
public sealed class PlacedInferenceTests
{
    [Fact]
    public async Task Given_one_silo_of_two_that_drafts_When_an_encounter_on_the_other_asks_Then_it_drafts_there_and_hears_who_cancels()
    {
        var inferring = new InferringSilos(1) { Blocks = true };
        await using var host = await GrainHost.StartAsync(inferring: inferring);
        var place = host.Cluster.Silos.Single(IsMeant).SiloAddress;
        var other = host.Cluster.Silos.Single(silo => !IsMeant(silo));
        var clinic = await Clinic.FoundAsync(host);
        var id = await VisitOnAsync(other, clinic);
        Assert.Same(other, await host.Cluster.SiloOfAsync(GrainId.Create("encounter", GrainKeys.Of(clinic.Practice, id))));
        var doctor = clinic.Clinician;

        using var cancel = new CancellationTokenSource();
        var drafting = doctor.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(cancel.Token));
        await inferring.Started.Soon();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drafting);
        await inferring.Stopped.Soon();
        inferring.Blocks = false;
        var note = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));

        Assert.Equal(1, note.Version);
        Assert.Equal([place, place], inferring.Places);
        var fact = await doctor.OnlyRecordAsync();
        Assert.Equal((AuditEvents.NoteDrafted.Code, AuditOutcome.Failed, "cancelled"), (fact.Event, fact.Outcome, fact.Reason));
    }

    [Fact]
    public async Task Given_no_silo_that_drafts_When_asked_Then_it_is_unavailable_on_the_log_and_nothing_drafts()
    {
        var inferring = new InferringSilos(0);
        await using var host = await GrainHost.StartAsync(inferring: inferring);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("It hurts.");
        var doctor = clinic.Clinician;

        await doctor.RefusedAsync(ErrorCode.Unavailable, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));

        Assert.Empty(inferring.Places);
        var fact = await doctor.OnlyRecordAsync();
        Assert.Equal((AuditEvents.NoteDrafted.Code, AuditOutcome.Failed, "inference_failed"), (fact.Event, fact.Outcome, fact.Reason));
    }

    private static bool IsMeant(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<OrleansEngineOptions>().Metadata.ContainsKey("gpu");

    // Opened by way of that silo, which gets the activation: left to itself, a cluster may well keep all of them on one.
    private static async Task<Guid> VisitOnAsync(InProcessSiloHandle silo, Clinic clinic)
    {
        var (id, doctor, patient) = (clinic.NewId(), clinic.Clinician, await clinic.RegisterAsync());
        await GrainHost.CallByAsync(
            silo, doctor.Caller, GrainKeys.Of(clinic.Practice, id), (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        await doctor.CallAsync(id, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)));
        await doctor.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync(
            [new Turn(1, Speaker.Patient, TimeSpan.Zero, TimeSpan.FromSeconds(4), "It hurts.")]));
        return id;
    }
}
