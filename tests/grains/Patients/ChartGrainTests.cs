using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class ChartGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly AddChartItem Allergy = new(ChartItemKind.Allergy, "Penicillin", Detail: "Rash");

    [Fact]
    public async Task Given_a_patient_When_the_chart_is_opened_Then_it_is_empty_and_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var reader = clinic.Clinician;
        var chart = await reader.CallAsync(patient, (IChartGrain g) => g.GetAsync());
        Assert.Equal((patient, 0), (chart.Patient, chart.Version));
        Assert.Equal(GrainJson.Hash(chart), (await reader.DidAsync(AuditEvents.ChartOpened, patient)).ContentHash);
    }

    [Fact]
    public async Task Given_items_of_each_kind_When_added_and_ended_Then_the_chart_and_the_log_tell_it()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var (allergy, drug, problem) = (clinic.NewId(), clinic.NewId(), clinic.NewId());
        var adding = clinic.Clinician;
        await adding.CallAsync(patient, (IChartGrain g) => g.AddAsync(allergy, Allergy));
        await adding.CallAsync(patient, (IChartGrain g) => g.AddAsync(drug, new AddChartItem(ChartItemKind.Medication, "Lisinopril 10 mg")));
        var chart = await adding.CallAsync(patient, (IChartGrain g) => g.AddAsync(problem, new AddChartItem(ChartItemKind.Problem, "Hypertension")));
        Assert.Equal((1, 1, 1, 3), (chart.Allergies.Length, chart.Medications.Length, chart.Problems.Length, chart.Version));
        var facts = await adding.TrailAsync();
        Assert.All(facts, r => Assert.Equal((AuditEvents.ChartItemAdded.Code, patient), (r.Event, r.Patient!.Value)));
        Assert.Equal([allergy.ToString("D"), drug.ToString("D"), problem.ToString("D")], facts.Select(r => r.Detail["item"]));
        Assert.Equal(GrainJson.Hash(chart), facts[2].ContentHash);

        var ending = clinic.Clinician;
        chart = await ending.CallAsync(patient, (IChartGrain g) => g.EndItemAsync(drug, 3));
        Assert.NotNull(Assert.Single(chart.Medications).EndedAt);
        await ending.DidAsync(AuditEvents.ChartItemEnded, patient);
    }

    [Fact]
    public async Task Given_an_item_When_repeated_Then_it_is_there_once_and_other_content_conflicts()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var item = clinic.NewId();
        var adding = clinic.Clinician;
        var first = await adding.CallAsync(patient, (IChartGrain g) => g.AddAsync(item, Allergy));
        var second = await adding.CallAsync(patient, (IChartGrain g) => g.AddAsync(item, Allergy));
        Assert.Equal(GrainJson.Hash(first), GrainJson.Hash(second));
        Assert.Equal(["chart.item-added", "chart.opened"], (await adding.TrailAsync()).Select(r => r.Event));

        var other = clinic.Clinician;
        await other.RefusedAsync(ErrorCode.Conflict, patient, (IChartGrain g) => g.AddAsync(item, Allergy with { Text = "Peanut" }));
        await other.RefusedAsync(AuditEvents.ChartItemAdded, ErrorCode.Conflict);
    }

    [Fact]
    public async Task Given_nobody_a_stale_version_or_bad_input_When_called_Then_each_refusal_is_on_the_log()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var nobody = clinic.Clinician;
        await nobody.RefusedAsync(ErrorCode.NotFound, clinic.NewId(), (IChartGrain g) => g.GetAsync());
        await nobody.RefusedAsync(AuditEvents.ChartOpened, ErrorCode.NotFound);

        var patient = await clinic.RegisterAsync();
        var item = clinic.NewId();
        await clinic.Clinician.CallAsync(patient, (IChartGrain g) => g.AddAsync(item, Allergy));
        var late = clinic.Clinician;
        await late.RefusedAsync(ErrorCode.VersionMismatch, patient, (IChartGrain g) => g.EndItemAsync(item, 7));
        await late.RefusedAsync(AuditEvents.ChartItemEnded, ErrorCode.VersionMismatch);

        var careless = clinic.Clinician;
        var refusal = await careless.RefusedAsync(
            ErrorCode.InvalidRequest, patient, (IChartGrain g) => g.AddAsync(clinic.NewId(), Allergy with { Text = " " }));
        Assert.Equal("/text", refusal.Pointer);
        await careless.RefusedAsync(AuditEvents.ChartItemAdded, ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData(Role.FrontDesk)]
    [InlineData(Role.Administrative)]
    [InlineData(Role.SecurityOfficer)]
    public async Task Given_a_role_without_the_right_When_it_opens_a_chart_Then_it_is_forbidden(Role role)
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        var reader = clinic.As(role);
        await reader.RefusedAsync(ErrorCode.Forbidden, patient, (IChartGrain g) => g.GetAsync());
        Assert.Equal(AuditEvents.AccessRefused.Code, (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_another_practice_When_it_names_the_chart_Then_there_is_none()
    {
        var clinic = await Clinic.FoundAsync(fixture.Host);
        var other = await Clinic.FoundAsync(fixture.Host);
        var patient = await clinic.RegisterAsync();
        await other.Clinician.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.Of(clinic.Practice, patient), (IChartGrain g) => g.GetAsync());
    }
}
