using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Encounters;
using JamEmr.Errors;
using JamEmr.Incidents;
using JamEmr.Patients;
using JamEmr.Practices;
using JamEmr.Scheduling;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Operations;

/// <summary>
/// A call that times out has an unknown outcome, so every write can be repeated: its answer is lost after it was stored, the same request comes
/// again, and all is as after one (docs/adr/0021).
/// </summary>
public sealed class RepeatTests : IAsyncLifetime
{
    private static readonly RegisterToken Token = new("Nightly export of demographics", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true);

    private readonly LostAnswers _answers = new();
    private GrainHost _host = null!;
    private Clinic _clinic = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync(services => services.AddSingleton<IIncomingGrainCallFilter>(_answers));
        _clinic = await Clinic.FoundAsync(_host);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_a_patient_whose_answer_was_lost_When_registered_or_changed_again_Then_there_is_one_patient_changed_once()
    {
        var id = _clinic.NewId();
        await RepeatAsync(_clinic.FrontDesk, id, (IPatientGrain g) => g.RegisterAsync(Clinic.Ann), g => g.GetAsync());
        var moved = Clinic.Ann with { Address = "12 Elm Street" };
        var record = await RepeatAsync(_clinic.FrontDesk, id, (IPatientGrain g) => g.UpdateAsync(moved, 1), g => g.GetAsync());
        Assert.Equal(("12 Elm Street", 2), (record.Demographics.Address, record.Version));
        // Another change at the old version is no repeat.
        await _clinic.FrontDesk.RefusedAsync(ErrorCode.VersionMismatch, id, (IPatientGrain g) => g.UpdateAsync(Clinic.Ann, 1));
    }

    [Fact]
    public async Task Given_an_appointment_whose_answer_was_lost_When_booked_moved_checked_in_and_cancelled_again_Then_each_happened_once()
    {
        var (id, patient) = (_clinic.NewId(), await _clinic.RegisterAsync());
        var booked = await RepeatAsync(
            _clinic.FrontDesk, id, (IAppointmentGrain g) => g.BookAsync(_clinic.Booking(patient, "09:00")), g => g.GetAsync());
        var move = new MoveAppointment(_clinic.Provider, Clinic.At("10:00"), 30);
        var moved = await RepeatAsync(_clinic.FrontDesk, id, (IAppointmentGrain g) => g.MoveAsync(move, booked.Version), g => g.GetAsync());
        var here = await RepeatAsync(_clinic.FrontDesk, id, (IAppointmentGrain g) => g.CheckInAsync(moved.Version), g => g.GetAsync());
        var gone = await RepeatAsync(
            _clinic.FrontDesk, id, (IAppointmentGrain g) => g.CancelAsync(new CancelAppointment("Had to leave"), here.Version), g => g.GetAsync());

        Assert.Equal((booked.Version + 3, AppointmentStatus.Cancelled), (gone.Version, gone.Status));
        Assert.All((await _clinic.DayAsync()).Appointments, appointment => Assert.Equal(AppointmentStatus.Cancelled, appointment.Status));
    }

    [Fact]
    public async Task Given_a_visit_whose_answers_were_lost_When_each_step_comes_again_Then_the_note_has_each_once()
    {
        var (id, patient) = (_clinic.NewId(), await _clinic.RegisterAsync());
        var doctor = _clinic.Clinician;
        await RepeatAsync(doctor, id, (IEncounterGrain g) => g.OpenAsync(new OpenEncounter(patient)), g => g.GetAsync());
        await RepeatAsync(doctor, id, (IEncounterGrain g) => g.RecordConsentAsync(new RecordConsent(true, ConsentMethod.Verbal)), g => g.GetAsync());
        Turn[] said = [new(1, Speaker.Patient, TimeSpan.Zero, TimeSpan.FromSeconds(4), "I have had a headache for two days.")];
        await RepeatAsync(doctor, id, (IEncounterGrain g) => g.AppendTurnsAsync([.. said]), g => g.GetAsync());
        var draft = await doctor.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        var edit = new EditNote([.. draft.Sentences.Where(s => !s.Supported).Select(s => new SentenceChange(s.Number, null))]);
        var version = edit.Changes.IsEmpty ? 1 : (await doctor.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(edit, 1))).Version;
        await RepeatAsync(doctor.Reauthenticated(), id, (IEncounterGrain g) => g.SignAsync(version), g => g.GetNoteAsync());
        var addendum = _clinic.NewId();
        var note = await RepeatAsync(doctor, id, (IEncounterGrain g) => g.AddAddendumAsync(addendum, new AddAddendum("Called, better.")), g => g.GetNoteAsync());

        Assert.Single(note.Addenda);
    }

    [Fact]
    public async Task Given_other_records_whose_answers_were_lost_When_repeated_Then_each_is_there_once()
    {
        var patient = await _clinic.RegisterAsync();
        var item = _clinic.NewId();
        await RepeatAsync(
            _clinic.Clinician, patient, (IChartGrain g) => g.AddAsync(item, new AddChartItem(ChartItemKind.Allergy, "Penicillin")), g => g.GetAsync());
        await RepeatAsync(
            _clinic.Clinician,
            _clinic.NewId(),
            (IIncidentGrain g) => g.ReportAsync(new ReportIncident(IncidentCategory.CredentialCompromise, "Badge left in a taxi")),
            g => g.GetAsync(),
            _clinic.Officer);
        await RepeatAsync(
            _clinic.Administrator,
            "practice",
            (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("Another Name", "America/New_York"), 1),
            g => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_rotation_whose_answer_was_lost_When_repeated_by_its_name_Then_the_secret_in_use_goes_on_until_the_overlap_is_over()
    {
        var administrator = Owner;
        var token = await administrator.CallAsync(_clinic.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Token));
        var rotation = new RotateToken(OverlapHours: 24) { Rotation = _clinic.NewId() };
        _answers.LoseNext(GrainKeys.Of(_clinic.Practice, token.Token.Id));
        await Assert.ThrowsAsync<TimeoutException>(() => administrator.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(rotation)));

        var rotated = await administrator.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(rotation));

        await _host.PresentAsync(token.Secret);
        await _host.PresentAsync(rotated.Secret);
        // Another one is another one.
        await administrator.CallAsync(token.Token.Id, (IApiTokenGrain g) => g.RotateAsync(rotation with { Rotation = _clinic.NewId() }));
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(token.Secret));
        await _host.PresentAsync(rotated.Secret);
    }

    [Fact]
    public async Task Given_a_revocation_or_an_end_whose_answer_was_lost_When_repeated_Then_it_is_over_with_one_record_of_it()
    {
        var administrator = Owner;
        var token = await administrator.CallAsync(_clinic.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Token));
        await RepeatAsync(administrator, token.Token.Id, (IApiTokenGrain g) => g.RevokeAsync(), g => g.GetAsync());
        Assert.Single(await administrator.TrailAsync(), record => record.Event == AuditEvents.TokenRevoked.Code);
        await Assert.ThrowsAsync<DomainException>(() => _host.PresentAsync(token.Secret));
    }

    // A token's owner has an account.
    private Actor Owner => new Actor(_host, _clinic.Administrator.Caller with { ActorId = _clinic.Provider }).Reauthenticated();

    private Task<T> RepeatAsync<TGrain, T, TView>(
        Actor actor, Guid id, Func<TGrain, Task<T>> write, Func<TGrain, Task<TView>> read, Actor? reader = null)
        where TGrain : IGrainWithStringKey => RepeatAsync(actor, id.ToString("D"), write, read, reader);

    // Once with its answer lost, once more; then all is as it was when only the first had been.
    private async Task<T> RepeatAsync<TGrain, T, TView>(
        Actor actor, string name, Func<TGrain, Task<T>> write, Func<TGrain, Task<TView>> read, Actor? reader = null)
        where TGrain : IGrainWithStringKey
    {
        var key = GrainKeys.Of(_clinic.Practice, name);
        _answers.LoseNext(key);
        await Assert.ThrowsAsync<TimeoutException>(() => actor.CallKeyAsync(key, write));
        var once = GrainJson.Hash(await (reader ?? actor).CallKeyAsync(key, read));

        var answer = await actor.CallKeyAsync(key, write);

        Assert.Equal(once, GrainJson.Hash(await (reader ?? actor).CallKeyAsync(key, read)));
        return answer;
    }
}
