using System.Globalization;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Encounters;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Scheduling;

namespace JamEmr.Tests.Grains;

/// <summary>A practice with a clinician who has an account, a front desk and an officer, and the steps that tests of a visit begin with.</summary>
public sealed class Clinic
{
    private readonly TestPractice _practice;

    private Clinic(GrainHost host, TestPractice practice, Guid provider) => (Host, _practice, Provider) = (host, practice, provider);

    public GrainHost Host { get; }

    public Guid Provider { get; }

    public Guid Practice => _practice.Id;

    public Actor FrontDesk => _practice.As(Role.FrontDesk);

    public Actor Clinician => _practice.As(Provider, Role.Clinical);

    public Actor Officer => _practice.As(Role.SecurityOfficer);

    public Actor Administrator => _practice.As(Role.Administrative);

    public static readonly Demographics Ann = new("O'Brien", "Ann", new DateOnly(1980, 5, 17), AdministrativeGender.Female, Synthetic: true);

    public static async Task<Clinic> FoundAsync(GrainHost host, string? timeZone = null)
    {
        var practice = await host.FoundPracticeAsync();
        var clinic = new Clinic(host, practice, practice.NewId());
        await clinic.HireAsync(clinic.Provider, timeZone);
        return clinic;
    }

    public Actor As(params ReadOnlySpan<Role> roles) => _practice.As(roles);

    public Actor AsToken(Role role, params ReadOnlySpan<string> scopes) => _practice.AsToken(role, scopes);

    public Guid NewId() => _practice.NewId();

    public Task HireAsync(Guid user, string? timeZone = null) =>
        _practice.ApproveAsync(user, new PrivilegedRequest(CreateUser: new CreateUser($"dr-{user:N}", "Doctor", [Role.Clinical], timeZone)));

    public async Task<Guid> RegisterAsync(Demographics? demographics = null)
    {
        var id = NewId();
        await FrontDesk.CallAsync(id, (IPatientGrain g) => g.RegisterAsync(demographics ?? Ann));
        return id;
    }

    /// <summary>Books on 2026-03-09 unless said, local time.</summary>
    public async Task<AppointmentRecord> BookAsync(Guid patient, string time, int minutes = 30, string day = "2026-03-09") =>
        await FrontDesk.CallAsync(NewId(), (IAppointmentGrain g) => g.BookAsync(Booking(patient, time, minutes, day)));

    public BookAppointment Booking(Guid patient, string time, int minutes = 30, string day = "2026-03-09") =>
        new(patient, Provider, At(time, day), minutes, "Follow-up");

    public static DateTime At(string time, string day = "2026-03-09") =>
        DateTime.Parse($"{day}T{time}", CultureInfo.InvariantCulture);

    public Task<ScheduleDay> DayAsync(string day = "2026-03-09") =>
        FrontDesk.CallAsync($"{Provider:D}/{day}", (IScheduleGrain g) => g.GetDayAsync());

    /// <summary>An encounter whose patient consented and in which these turns were said, in turn by patient and clinician.</summary>
    public async Task<Guid> VisitAsync(params string[] said)
    {
        var encounter = NewId();
        var clinician = Clinician;
        var patient = await RegisterAsync();
        await clinician.CallAsync(encounter, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)));
        await clinician.CallAsync(encounter, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)));
        if (said.Length > 0) await clinician.CallAsync(encounter, (IEncounterGrain g) => g.AppendTurnsAsync([.. said.Select(Turn)]));
        return encounter;
    }

    private static Turn Turn(string text, int index) => new(
        index + 1, index % 2 == 0 ? Speaker.Patient : Speaker.Clinician, TimeSpan.FromSeconds(index * 5), TimeSpan.FromSeconds((index * 5) + 4), text);
}
