using JamEmr.Encounters;
using JamEmr.Scheduling;
using JamEmr.Tests.Grains;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>A patient's visit from the front desk to the signed note, on several silos: each grain is wherever the cluster put it.</summary>
public sealed class MainJobTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly string[] Said =
    [
        "I have had a headache for two days.",
        "Do you have any fever?",
        "No, I have no fever, but I feel sick in the morning.",
    ];

    [Fact]
    public async Task Given_a_patient_who_comes_When_seen_drafted_and_signed_Then_the_note_and_its_trail_are_whole_wherever_they_are_asked_for()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var booked = await clinic.BookAsync(patient, "09:00");
        await clinic.FrontDesk.CallAsync(booked.Id, (IAppointmentGrain g) => g.CheckInAsync(booked.Version));
        var id = await clinic.VisitAsync(Said);
        var doctor = clinic.Clinician.Reauthenticated();
        var draft = await doctor.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        var edit = new EditNote(
            [new SentenceChange(null, "Neck supple.", NoteSection.ObjectiveExam), .. draft.Sentences.Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null))]);
        var edited = await doctor.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, draft.Version));
        var signed = await doctor.CallAsync(id, (IEncounterGrain g) => g.SignAsync(edited.Version));

        Assert.Equal((clinic.Provider, edited.HistoryHash), (signed.Signature!.SignedBy, signed.Signature.HistoryHash));
        var key = GrainKeys.Of(clinic.Practice, id);
        foreach (var silo in fixture.Host.Cluster.Silos)
        {
            var note = await GrainHost.CallByAsync(silo, clinic.Clinician.Caller, key, (IEncounterGrain g) => g.GetNoteAsync());
            Assert.Equal((signed.TextHash, signed.HistoryHash), (note.TextHash, note.HistoryHash));
        }

        Assert.Equal(["note.drafted", "note.edited", "note.signed"], (await doctor.TrailAsync()).Select(record => record.Event));
        Assert.Contains((await clinic.DayAsync()).Appointments, appointment => appointment is { Status: AppointmentStatus.CheckedIn });
    }
}
