using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Api.Hosting;
using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Scribe.Conversations;
using Speaker = JamEmr.Encounters.Speaker;

namespace JamEmr.Api.Demo;

/// <summary>The visit, step by step, as its people would do it.</summary>
internal sealed class DemoVisit
{
    private const string PracticeCode = "maple-street";
    private static readonly string[] Zones = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"];

    private readonly WebApplication _app;
    private readonly DemoReport _report;
    private readonly CancellationToken _ct;
    private readonly DemoStaff _staff;
    private readonly List<DemoClient> _clients = [];

    private DemoVisit(WebApplication app, DemoReport report, CancellationToken ct)
    {
        (_app, _report, _ct) = (app, report, ct);
        _staff = new DemoStaff(PracticeCode, Client, ct);
    }

    /// <summary>Starts the server and runs the whole visit; the server is left running.</summary>
    public static async Task<DemoOutcome> RunAsync(WebApplication app, Conversation conversation, double speed, DemoReport report, CancellationToken ct)
    {
        var visit = new DemoVisit(app, report, ct);
        try
        {
            return await visit.RunAsync(conversation, speed);
        }
        finally
        {
            visit._clients.ForEach(c => c.Dispose());
        }
    }

    private async Task<DemoOutcome> RunAsync(Conversation conversation, double speed)
    {
        await _report.StepAsync("the server starts on a fresh folder", async () =>
        {
            await _app.StartAsync(_ct);
            return true;
        });
        var zone = ZoneWithDaylight();
        var admin = await _report.StepAsync("a practice is founded with the set-up code", () => FoundAsync(zone));
        var clinicianId = (await _report.StepAsync("its people get their accounts", () => HireAsync(admin))).Id;
        var desk = await _staff.SignInAsync("front desk");
        var patient = await _report.StepAsync("front desk registers a synthetic patient", () => desk.SendAsync<PatientRecord>(
            HttpMethod.Post, "/v1/patients", new Demographics("Rivera", "Jordan", new DateOnly(1968, 5, 14), AdministrativeGender.Other, true), null, _ct));
        var appointment = await _report.StepAsync("front desk books an appointment", () => BookAsync(desk, patient.Id, clinicianId, zone));
        await _report.StepAsync("front desk checks the patient in", () => desk.SendAsync<AppointmentRecord>(
            HttpMethod.Post, $"/v1/appointments/{appointment.Id}/check-in", null, appointment.Version, _ct));

        var clinician = await _staff.SignInAsync("clinician");
        var encounter = await _report.StepAsync("the clinician opens the encounter", () => clinician.SendAsync<EncounterRecord>(
            HttpMethod.Post, "/v1/encounters", new OpenEncounter(patient.Id, appointment.Id), null, _ct));
        var path = $"/v1/encounters/{encounter.Id}";
        await _report.StepAsync("the patient's consent is recorded", () => clinician.SendAsync<EncounterRecord>(
            HttpMethod.Put, $"{path}/consent", new RecordConsent(true, ConsentMethod.Verbal), null, _ct));
        await _report.StepAsync($"the conversation is played, {conversation.Turns.Count} turns", () => PlayAsync(clinician, path, conversation, speed));

        var draft = await _report.StepAsync("the inference pool drafts the note", () => clinician.SendAsync<NoteRecord>(HttpMethod.Post, $"{path}/draft", null, null, _ct));
        var edited = await _report.StepAsync("the clinician edits a sentence", () => clinician.SendAsync<NoteRecord>(
            HttpMethod.Patch, $"{path}/note", Edit(draft), draft.Version, _ct));
        await _report.StepAsync("the clinician proves identity again", () => _staff.ReauthenticateAsync(clinician, "clinician"));
        await _report.StepAsync("the clinician signs", () => clinician.SendAsync<NoteRecord>(HttpMethod.Post, $"{path}/note/sign", null, edited.Version, _ct));
        var note = await _report.StepAsync("the clinician adds an addendum", () => clinician.SendAsync<NoteRecord>(
            HttpMethod.Post, $"{path}/note/addenda", new AddAddendum("Patient called back: will collect the prescription tomorrow."), null, _ct));

        List<DemoRefusal> refusals =
        [
            await _report.StepAsync("front desk tries to read the note, and is refused", () =>
                desk.ExpectRefusalAsync("front desk reads the note", HttpStatusCode.Forbidden, $"{path}/note", _ct)),
            await _report.StepAsync("an unregistered token is refused", () => UnregisteredAsync(encounter, clinician, path)),
        ];
        var trail = await _report.StepAsync("the note's trail is read", () => clinician.SendAsync<ProvenanceTrail>(HttpMethod.Get, $"{path}/provenance", null, null, _ct));
        var (records, root) = await _report.StepAsync("the Security Officer reads the audit log back", ReadAuditAsync);
        foreach (var refusal in refusals)
        {
            if (!records.Any(r => r.Record.CorrelationId == refusal.CorrelationId && r.Record.Outcome == AuditOutcome.Refused))
                throw new DemoFailedException($"The refusal \"{refusal.What}\" is not on the audit log.");
        }

        var byEvent = records.GroupBy(r => r.Record.Event, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        return new DemoOutcome(
            _report.Steps, conversation.Id, PracticeCode, _staff.People, encounter.Id, conversation.Turns.Count, note, trail, records.Count, byEvent, root, refusals);
    }

    private async Task<DemoClient> FoundAsync(string zone)
    {
        var code = (await FirstStart.IssueSetupCodeAsync(_app.Services, SetupCodeWish.Another))?.Code ?? throw new DemoFailedException("The folder is not fresh: a practice exists.");
        return await _staff.FoundAsync(code, "Maple Street Family Practice", zone);
    }

    private async Task<UserRecord> HireAsync(DemoClient admin)
    {
        await _staff.HireAsync(admin, "front desk", "frankie", "Frankie Frontdesk", Role.FrontDesk);
        return await _staff.HireAsync(admin, "clinician", "casey", "Dr. Casey Clinician", Role.Clinical);
    }

    private async Task<AppointmentRecord> BookAsync(DemoClient desk, Guid patient, Guid provider, string zone)
    {
        var local = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime;
        var start = local.Date.AddMinutes((Math.Floor(local.TimeOfDay.TotalMinutes / 5) + 1) * 5);
        return await desk.SendAsync<AppointmentRecord>(HttpMethod.Post, "/v1/appointments", new BookAppointment(patient, provider, start, 20, "Follow-up"), null, _ct);
    }

    /// <summary>Sends each turn when it has been spoken, at the conversation's own timing times the speed.</summary>
    private async Task<bool> PlayAsync(DemoClient clinician, string path, Conversation conversation, double speed)
    {
        var started = TimeProvider.System.GetTimestamp();
        foreach (var turn in conversation.Turns)
        {
            var wait = turn.End / speed - TimeProvider.System.GetElapsedTime(started);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, _ct);
            var said = new Turn(turn.Number, (Speaker)turn.Speaker, turn.Start, turn.End, turn.Text);
            await clinician.SendAsync<EncounterRecord>(HttpMethod.Post, $"{path}/turns", new AppendTurns([said]), null, _ct);
        }

        return true;
    }

    /// <summary>One sentence is changed; what nothing supports is removed, since it could not be signed.</summary>
    private static EditNote Edit(NoteRecord draft)
    {
        var chosen = draft.Sentences.FirstOrDefault(s => s.Supported) ?? throw new DemoFailedException("The draft has no supported sentence.");
        ImmutableArray<SentenceChange> removed = [.. draft.Sentences.Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null))];
        return new EditNote(removed.Add(new SentenceChange(chosen.Number, $"{chosen.Text.TrimEnd('.')}, as confirmed with the patient.")));
    }

    private async Task<DemoRefusal> UnregisteredAsync(EncounterRecord encounter, DemoClient clinician, string path)
    {
        var session = await clinician.SendAsync<SessionRecord>(HttpMethod.Get, "/v1/sessions/current", null, null, _ct);
        var stranger = Client();
        stranger.Present(CredentialFormat.Write(CredentialKind.Token, session.Practice, encounter.Id, RandomNumberGenerator.GetBytes(CredentialFormat.SecretBytes)));
        return await stranger.ExpectRefusalAsync("a token nobody registered reads the note", HttpStatusCode.Unauthorized, $"{path}/note", _ct);
    }

    private async Task<(List<SequencedRecord> Records, string Root)> ReadAuditAsync()
    {
        var officer = await _staff.SignInAsync("security officer");
        List<SequencedRecord> records = [];
        string? cursor = null;
        AuditPage page;
        do
        {
            page = await officer.SendAsync<AuditPage>(HttpMethod.Get, $"/v1/audit/records?order=oldest&limit=200{(cursor is null ? "" : $"&cursor={cursor}")}", null, null, _ct);
            records.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return (records, page.RootHash);
    }

    private DemoClient Client()
    {
        var options = _app.Services.GetRequiredService<ApiOptions>();
        var client = new DemoClient(new Uri(_app.Urls.First()), TlsCertificate.Load(options, TimeProvider.System));
        _clients.Add(client);
        return client;
    }

    /// <summary>A zone where it is working hours now, so that an appointment "in five minutes" ends on the same day.</summary>
    private static string ZoneWithDaylight() => Zones.First(id => TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(id)).Hour is >= 7 and < 22);
}
