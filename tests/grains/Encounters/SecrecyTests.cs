using System.Text.Json;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Encounters;
using JamEmr.Errors;
using JamEmr.Incidents;
using JamEmr.Patients;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains.Encounters;

/// <summary>Words planted in every field of a chart, a visit and an incident are nowhere in the audit log, in error messages or in the
/// service's own log.</summary>
public sealed class SecrecyTests
{
    private readonly List<string> _planted = [];
    private readonly List<string> _told = [];

    [Fact]
    public async Task Given_words_planted_everywhere_When_everything_is_done_and_refused_Then_no_record_and_no_log_line_holds_one()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var patient = await PatientAsync(clinic);
        await ChartAsync(clinic, patient);
        await AppointmentAsync(clinic, patient);
        await VisitAsync(clinic, patient);
        await IncidentAsync(clinic);

        var texts = (await RecordsAsync(clinic)).Select(r => JsonSerializer.Serialize(r, GrainJson.TypeInfo<AuditRecord>())).ToList();
        Assert.InRange(texts.Count, 30, 1000);
        foreach (var word in _planted)
        {
            Assert.DoesNotContain(texts, text => text.Contains(word, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(host.Logs.All, line => line.Contains(word, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(_told, message => message.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    private async Task<Guid> PatientAsync(Clinic clinic)
    {
        var demographics = new Demographics(
            Word(), Word(), new DateOnly(1980, 5, 17), AdministrativeGender.Other, true, Word(), $"{Word()}@example.org", Word());
        var id = await clinic.RegisterAsync(demographics);
        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.GetAsync());
        await clinic.FrontDesk.CallAsync(id, (IPatientGrain g) => g.UpdateAsync(demographics with { Family = Word() }, 1));
        await RefuseAsync(clinic.FrontDesk, ErrorCode.InvalidRequest, id, (IPatientGrain g) => g.UpdateAsync(demographics with { Family = Word() + "\u0001" }, 2));
        await RefuseAsync(clinic.FrontDesk, ErrorCode.Conflict, id, (IPatientGrain g) => g.RegisterAsync(demographics with { Given = Word() }));
        await clinic.FrontDesk.CallAsync(
            "patient-search", (IPatientSearchGrain g) => g.SearchAsync(new PatientSearch(Word(), Word(), null), new PageRequest(null, 10)));
        return id;
    }

    private async Task ChartAsync(Clinic clinic, Guid patient)
    {
        var item = clinic.NewId();
        var content = new AddChartItem(ChartItemKind.Problem, Word(), $"{Word()}|{Word()}", Word());
        await clinic.Clinician.CallAsync(patient, (IChartGrain g) => g.AddAsync(item, content));
        await clinic.Clinician.CallAsync(patient, (IChartGrain g) => g.GetAsync());
        await RefuseAsync(clinic.Clinician, ErrorCode.Conflict, patient, (IChartGrain g) => g.AddAsync(item, content with { Text = Word() }));
        await clinic.Clinician.CallAsync(patient, (IChartGrain g) => g.EndItemAsync(item, 1));
    }

    private async Task AppointmentAsync(Clinic clinic, Guid patient)
    {
        var booking = clinic.Booking(patient, "10:00") with { Reason = Word() };
        var id = clinic.NewId();
        await clinic.FrontDesk.CallAsync(id, (IAppointmentGrain g) => g.BookAsync(booking));
        await RefuseAsync(clinic.FrontDesk, ErrorCode.SlotTaken, clinic.NewId(), (IAppointmentGrain g) => g.BookAsync(booking));
        await clinic.DayAsync();
        await clinic.FrontDesk.CallAsync(id, (IAppointmentGrain g) => g.CancelAsync(new CancelAppointment(Word()), 1));
    }

    private async Task VisitAsync(Clinic clinic, Guid patient)
    {
        var id = clinic.NewId();
        var clinician = clinic.Clinician;
        await clinician.CallAsync(id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        await clinician.CallAsync(id, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)));
        var turn = Visit.Said(1, $"I have had a {Word()} headache for two days.");
        await clinician.CallAsync(id, (IEncounterGrain g) => g.AppendTurnsAsync([turn]));
        await RefuseAsync(clinician, ErrorCode.Conflict, id, (IEncounterGrain g) => g.AppendTurnsAsync([turn with { Text = Word() }]));
        await clinician.CallAsync(id, (IEncounterGrain g) => g.GetTurnsAsync(new PageRequest(null, 10)));
        var draft = await clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        var edit = Visit.Edit(
            [new SentenceChange(null, Word(), NoteSection.Subjective), .. draft.Sentences.Select(s => new SentenceChange(s.Number, Word()))]);
        await clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1));
        await RefuseAsync(clinician, ErrorCode.VersionMismatch, id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1));
        await RefuseAsync(clinician, ErrorCode.ReauthenticationRequired, id, (IEncounterGrain g) => g.SignAsync(2));
        await clinic.Clinician.Reauthenticated().CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
        await clinician.CallAsync(id, (IEncounterGrain g) => g.AddAddendumAsync(clinic.NewId(), new AddAddendum(Word())));
        await clinician.CallAsync(id, (IEncounterGrain g) => g.GetNoteAsync());
        await clinician.CallAsync(id, (IEncounterGrain g) => g.GetVersionsAsync(new PageRequest(null, 10)));
        await clinician.CallAsync(id, (IEncounterGrain g) => g.GetProvenanceAsync(false, new PageRequest(null, 50)));
    }

    private async Task IncidentAsync(Clinic clinic)
    {
        var id = clinic.NewId();
        await clinic.FrontDesk.CallAsync(id, (IIncidentGrain g) => g.ReportAsync(new ReportIncident(IncidentCategory.Other, Word(), Word())));
        await clinic.Officer.CallAsync(id, (IIncidentGrain g) => g.ClassifyAsync(new ClassifyIncident(IncidentSeverity.Low, Word()), 1));
        await clinic.Officer.CallAsync(id, (IIncidentGrain g) => g.CloseAsync(new CloseIncident(Word()), 2));
        await clinic.Officer.CallAsync("incidents", (IIncidentRegistryGrain g) => g.ListAsync(new PageRequest(null, 10)));
    }

    private async Task RefuseAsync<TGrain>(Actor actor, ErrorCode code, Guid id, Func<TGrain, Task> call)
        where TGrain : IGrainWithStringKey => _told.Add((await actor.RefusedAsync(code, id, call)).Message);

    private static async Task<List<AuditRecord>> RecordsAsync(Clinic clinic)
    {
        var records = new List<AuditRecord>();
        var officer = clinic.Officer;
        string? cursor = null;
        do
        {
            var page = await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.QueryAsync(new AuditQuery(OldestFirst: true), new PageRequest(cursor, 200)));
            records.AddRange(page.Items.Select(i => i.Record));
            cursor = page.Next;
        }
        while (cursor is not null);
        return records;
    }

    private string Word()
    {
        var word = $"zqxplanted{(char)('a' + (_planted.Count / 26))}{(char)('a' + (_planted.Count % 26))}";
        _planted.Add(word);
        return word;
    }
}
