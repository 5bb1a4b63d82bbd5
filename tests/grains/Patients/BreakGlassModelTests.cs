using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Tests.Grains.Identity;

namespace JamEmr.Tests.Grains.Patients;

/// <summary>
/// Whatever officers and clinicians do in whatever order, a chart opens exactly to whom it should: judged after every step by a model that knows
/// nothing of grains. Seeds are fixed, so that a failure can be repeated.
/// </summary>
public sealed class BreakGlassModelTests
{
    private const int Steps = 80;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Given_any_order_of_restrictions_and_emergencies_When_charts_are_asked_for_Then_they_open_to_whom_the_model_says(int seed)
    {
        await using var host = await GrainHost.StartAsync();
        var run = await Run.PrepareAsync(host, new Random(seed));
        for (var step = 0; step < Steps; step++)
        {
            var did = await run.StepAsync();
            await run.CheckAsync(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, step {step}: {did}"));
        }

        Assert.True(run.Opened > Steps / 4 && run.Closed > Steps / 4, $"{run.Opened} opened and {run.Closed} closed: the steps show too little.");
        Assert.True(run.Emergencies > 5, $"{run.Emergencies} opened by an emergency: the steps show too little.");
    }

    private sealed class Run(GrainHost host, Random random, TestPractice practice)
    {
        private readonly List<Doctor> _doctors = [];
        private readonly List<Chart> _charts = [];
        private Actor? _officer;

        public int Opened { get; private set; }

        public int Closed { get; private set; }

        public int Emergencies { get; private set; }

        public static async Task<Run> PrepareAsync(GrainHost host, Random random)
        {
            var run = new Run(host, random, await host.FoundPracticeAsync());
            run._officer = run.Practice.As(Role.PrivacyOfficer);
            foreach (var login in new[] { "dr.one", "dr.two", "dr.three" })
            {
                var user = await run.Practice.CreateAsync(login, Role.Clinical);
                run._doctors.Add(new Doctor(login, user.Id) { Session = await host.SignInAsync(run.Practice, login) });
            }

            for (var i = 0; i < 2; i++)
            {
                var id = run.Practice.NewId();
                await run.Practice.As(Role.FrontDesk).CallAsync(id, (IPatientGrain g) => g.RegisterAsync(Emergency.Person));
                run._charts.Add(new Chart(id));
                await run.RestrictAsync(run._charts[i], ChartRestriction.Sensitive, [run._doctors[i].User]);
            }

            return run;
        }

        private TestPractice Practice => practice;

        private DateTimeOffset Now => host.Time.GetUtcNow();

        public async Task<string> StepAsync()
        {
            var (doctor, chart) = (_doctors[random.Next(_doctors.Count)], _charts[random.Next(_charts.Count)]);
            switch (random.Next(10))
            {
                case 0:
                    await RestrictAsync(chart, ChartRestriction.None, []);
                    return "released";
                case 1 or 2:
                    var team = _doctors.Where(_ => random.Next(3) == 0).DefaultIfEmpty(doctor).Select(one => one.User).Order().ToImmutableArray();
                    await RestrictAsync(chart, ChartRestriction.Sensitive, team);
                    return $"restricted to {team.Length}";
                case 3 or 4 or 5 or 6:
                    return await StartAsync(doctor, chart);
                case 7:
                    return await StopAsync(doctor);
                case 8:
                    await EndSessionAsync(doctor);
                    return "another session";
                default:
                    // Within what a session lives without use.
                    var minutes = random.Next(1, 10);
                    await _officer!.TrailAsync();
                    host.Time.Jump(TimeSpan.FromMinutes(minutes));
                    return string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes later");
            }
        }

        public async Task CheckAsync(string after)
        {
            foreach (var doctor in _doctors)
            {
                var actor = await host.ActorAsync(doctor.Session);
                foreach (var chart in _charts)
                {
                    var error = await Record.ExceptionAsync(() => actor.CallAsync(chart.Id, (IChartGrain g) => g.GetAsync()));
                    Assert.True(error is null or DomainException { Code: ErrorCode.ChartRestricted }, $"{after}: {error}");
                    var isEmergency = doctor.Grant is { } grant && grant.Patient == chart.Id && Now < grant.ExpiresAt;
                    var isOpen = chart.Team is not { } team || team.Contains(doctor.User);
                    Assert.True((isOpen || isEmergency) == error is null, $"{after}: {doctor.Login} {(error is null ? "read" : "did not read")} the chart.");
                    if (error is null) Opened++;
                    else Closed++;
                    if (error is null && !isOpen) Emergencies++;
                }
            }
        }

        private async Task RestrictAsync(Chart chart, ChartRestriction why, ImmutableArray<Guid> team)
        {
            await _officer!.Reauthenticated().CallAsync(chart.Id, (IPatientGrain g) => g.RestrictAsync(new RestrictChart(why, team), chart.Version));
            chart.Version++;
            chart.Team = why is ChartRestriction.None ? null : team;
        }

        private async Task<string> StartAsync(Doctor doctor, Chart chart)
        {
            var actor = (await host.ActorAsync(doctor.Session)).Reauthenticated();
            var asked = new StartBreakGlass(chart.Id, BreakGlassReason.ImminentDanger, "As the dice have it.", random.Next(1, 30));
            var isOpen = chart.Team is not { } team || team.Contains(doctor.User);
            if (isOpen || doctor.Grant is { } held && Now < held.ExpiresAt)
            {
                await actor.RefusedAsync(ErrorCode.Conflict, Practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(asked));
                return "no emergency";
            }

            doctor.Grant = await actor.CallAsync(Practice.NewId(), (IBreakGlassGrain g) => g.StartAsync(asked));
            return string.Create(CultureInfo.InvariantCulture, $"emergency of {asked.Minutes} minutes");
        }

        private async Task<string> StopAsync(Doctor doctor)
        {
            if (doctor.Grant is not { } grant) return "nothing";
            await (await host.ActorAsync(doctor.Session)).CallAsync(grant.Id, (IBreakGlassGrain g) => g.StopAsync());
            doctor.Grant = null;
            return "stopped";
        }

        // Whoever signs in anew has no emergency any more, whatever the one before was.
        private async Task EndSessionAsync(Doctor doctor)
        {
            var actor = await host.ActorAsync(doctor.Session);
            await actor.CallKeyAsync(GrainKeys.Of(practice.Id, actor.Caller.SessionId!.Value), (IUserSessionGrain g) => g.EndAsync());
            await _officer!.TrailAsync();
            doctor.Session = await host.SignInAsync(Practice, doctor.Login);
            doctor.Grant = null;
        }
    }

    private sealed class Doctor(string login, Guid user)
    {
        public string Login => login;

        public Guid User => user;

        public required OpenedSession Session { get; set; }

        public BreakGlassRecord? Grant { get; set; }
    }

    private sealed class Chart(Guid id)
    {
        public Guid Id => id;

        public int Version { get; set; }

        /// <summary>Null while the chart is not restricted.</summary>
        public ImmutableArray<Guid>? Team { get; set; }
    }
}
