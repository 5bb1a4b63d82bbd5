using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Identity;
using JamEmr.Notices;
using JamEmr.Patients;
using JamEmr.Tests.Grains.Identity;

namespace JamEmr.Tests.Grains.Patients;

/// <summary>A practice with a restricted chart, a clinician of its care team, and another with a real session.</summary>
internal sealed class Emergency(GrainHost host, TestPractice practice, Guid patient, OpenedSession session)
{
    public static readonly Demographics Person = new("Doe", "Pat", new DateOnly(1980, 2, 29), AdministrativeGender.Unknown, Synthetic: true);

    public GrainHost Host => host;

    public TestPractice Practice => practice;

    public Guid Patient => patient;

    public OpenedSession Session => session;

    public static async Task<Emergency> PrepareAsync(GrainHost host)
    {
        var practice = await host.FoundPracticeAsync();
        var member = await practice.CreateAsync("dr.member", Role.Clinical);
        await practice.CreateAsync("dr.other", Role.Clinical);
        var session = await host.SignInAsync(practice, "dr.other");
        var emergency = new Emergency(host, practice, await RegisterAsync(practice, member.Id), session);
        return emergency;
    }

    /// <summary>A patient whose chart only this clinician reaches.</summary>
    public static async Task<Guid> RegisterAsync(TestPractice practice, Guid member)
    {
        var patient = practice.NewId();
        await practice.As(Role.FrontDesk).CallAsync(patient, (IPatientGrain g) => g.RegisterAsync(Person));
        await practice.As(Role.PrivacyOfficer).Reauthenticated().CallAsync(
            patient, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(ChartRestriction.Staff, [member]), 0));
        return patient;
    }

    /// <summary>The other clinician, as the front door establishes them now, re-authenticated.</summary>
    public async Task<Actor> DoctorAsync() => (await host.ActorAsync(session)).Reauthenticated();

    public StartBreakGlass Asked(int minutes = 30) => new(patient, BreakGlassReason.EmergencyTreatment, "Unconscious, allergies unknown.", minutes);

    public async Task<BreakGlassRecord> StartAsync(int minutes = 30, Guid? id = null) =>
        await (await DoctorAsync()).CallAsync(id ?? practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(Asked(minutes)));

    public Task<ChartRecord> OpenAsync(Actor who) => who.CallAsync(patient, (IChartGrain g) => g.GetAsync());

    /// <summary>Notices of emergency accesses to a role.</summary>
    public async Task<IReadOnlyList<NoticeRecord>> NoticesAsync(Role role)
    {
        var notices = await practice.As(role).CallAsync("notices", (INoticesGrain g) => g.ListAsync(new PageRequest(null, 100)));
        return [.. notices.Items.Where(notice => notice.EntityType is "break-glass")];
    }

    public Task<BreakGlassRecord> ReadAsync(Guid grant) => practice.As(Role.PrivacyOfficer).CallAsync(grant, (IBreakGlassGrain g) => g.GetAsync());

    /// <summary>Everything on the log about a grant, oldest first, but for reads of it.</summary>
    public async Task<IReadOnlyList<AuditRecord>> LogAsync(Guid grant)
    {
        var query = new AuditQuery(EntityType: "break-glass", EntityId: grant.ToString("D"), OldestFirst: true);
        var page = await practice.As(Role.SecurityOfficer).CallAsync("audit-trail", (IAuditTrailGrain g) => g.QueryAsync(query, new PageRequest(null, 200)));
        return [.. page.Items.Select(item => item.Record).Where(record => record.Event != AuditEvents.BreakGlassRead.Code)];
    }

    /// <summary>Sets the clock forward once nothing is under way, then lets seconds pass until something is so.</summary>
    public async Task PassAsync(TimeSpan jump, Func<Task<bool>> until)
    {
        await practice.As(Role.SecurityOfficer).TrailAsync();
        host.Time.Jump(jump);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await until())
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(10), guard.Token);
        }
    }
}
