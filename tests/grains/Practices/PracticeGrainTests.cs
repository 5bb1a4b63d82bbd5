using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Practices;

public sealed class PracticeGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Theory]
    [InlineData(Role.Clinical)]
    [InlineData(Role.FrontDesk)]
    [InlineData(Role.PrivacyOfficer)]
    public async Task Given_a_practice_When_one_of_its_people_reads_it_Then_it_is_shown_and_recorded(Role role)
    {
        var practice = await _host.FoundPracticeAsync();
        var reader = practice.As(role);

        var record = await reader.CallAsync("practice", (IPracticeGrain g) => g.GetAsync());

        Assert.Equal((practice.Id, practice.Code, 1, BaaStatus.None), (record.Id, record.Code, record.Version, record.Baa.Status));
        var trail = await reader.OnlyRecordAsync();
        Assert.Equal(("practice.read", AuditOutcome.Success, practice.Id.ToString("D")), (trail.Event, trail.Outcome, trail.EntityId));
        Assert.Matches("^[0-9a-f]{64}$", trail.ContentHash);
    }

    [Fact]
    public async Task Given_an_administrator_When_changing_the_practice_Then_the_version_grows_and_the_change_is_recorded()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative);

        var record = await administrator.CallAsync("practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("  New Name ", "America/Denver"), 1));

        Assert.Equal(("New Name", "America/Denver", 2), (record.Name, record.TimeZone, record.Version));
        Assert.Equal(("practice.updated", AuditOutcome.Success), ((await administrator.OnlyRecordAsync()) is var r ? (r.Event, r.Outcome) : default));
    }

    [Fact]
    public async Task Given_a_version_read_before_When_changing_Then_it_does_not_match_and_that_is_recorded()
    {
        var practice = await _host.FoundPracticeAsync();
        var administrator = practice.As(Role.Administrative);

        await administrator.RefusedAsync(
            ErrorCode.VersionMismatch, "practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("X", "America/Denver"), 2));

        var record = await administrator.OnlyRecordAsync();
        Assert.Equal(("practice.updated", AuditOutcome.Refused, "version_mismatch"), (record.Event, record.Outcome, record.Reason));
    }

    [Theory]
    [InlineData("", "America/Denver", "/name")]
    [InlineData("a\u0007b", "America/Denver", "/name")]
    [InlineData("Name", "EST5EDT4", "/timeZone")]
    public async Task Given_a_malformed_change_When_changing_Then_the_field_is_named(string name, string zone, string pointer)
    {
        var practice = await _host.FoundPracticeAsync();
        var refusal = await practice.As(Role.Administrative).RefusedAsync(
            ErrorCode.InvalidRequest, "practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice(name, zone), 1));
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public async Task Given_a_clinician_When_changing_the_practice_Then_it_is_forbidden()
    {
        var practice = await _host.FoundPracticeAsync();
        var clinician = practice.As(Role.Clinical);
        await clinician.RefusedAsync(ErrorCode.Forbidden, "practice", (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice("X", "America/Denver"), 1));
        Assert.Equal("access.refused", (await clinician.OnlyRecordAsync()).Event);
    }

    [Fact]
    public void Given_a_series_When_numbers_are_taken_Then_each_is_given_once_from_one()
    {
        var (series, first) = PracticeRules.Next([], "mrn");
        (series, var second) = PracticeRules.Next(series, "mrn");
        (series, var other) = PracticeRules.Next(series, "incident-2026");
        (_, var third) = PracticeRules.Next(series, "mrn");
        Assert.Equal((1, 2, 1, 3), (first, second, other, third));
    }
}
