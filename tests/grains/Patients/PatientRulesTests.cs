using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Patients;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Patients;

public sealed class PatientRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero);

    private static readonly Demographics Valid =
        new("O'Brien", "Ann", new DateOnly(1980, 5, 17), AdministrativeGender.Female, true, "555-0100", "ann@example.org", "1 Main St\nTown");

    public static TheoryData<string, Demographics> Malformed => new()
    {
        { "/family", Valid with { Family = "" } },
        { "/family", Valid with { Family = "  " } },
        { "/family", Valid with { Family = null! } },
        { "/family", Valid with { Family = new string('a', 101) } },
        { "/family", Valid with { Family = "A\u0000b" } },
        { "/family", Valid with { Family = "'-" } },
        { "/given", Valid with { Given = "A\tb" } },
        { "/given", Valid with { Given = "A\nb" } },
        { "/birthDate", Valid with { BirthDate = new DateOnly(1874, 12, 31) } },
        { "/birthDate", Valid with { BirthDate = default } },
        { "/gender", Valid with { Gender = (AdministrativeGender)9 } },
        { "/phone", Valid with { Phone = new string('1', 41) } },
        { "/email", Valid with { Email = "ann" } },
        { "/email", Valid with { Email = "@example.org" } },
        { "/email", Valid with { Email = "a@b@c" } },
        { "/email", Valid with { Email = "a b@c" } },
        { "/address", Valid with { Address = new string('x', 301) } },
        { "/address", Valid with { Address = "a\u001bb" } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_a_malformed_field_When_normalised_Then_it_is_named(string pointer, Demographics asked)
    {
        var refusal = Assert.Throws<DomainException>(() => PatientRules.Normalize(asked));
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public void Given_spaces_around_When_normalised_Then_they_go_and_blanks_become_nothing()
    {
        var normal = PatientRules.Normalize(Valid with { Family = " O'Brien ", Phone = "  ", Email = "" });
        Assert.Equal("O'Brien", normal.Family);
        Assert.Null(normal.Phone);
        Assert.Null(normal.Email);
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-01", true)]
    [InlineData("America/New_York", "2026-03-02", false)]
    [InlineData("Asia/Tokyo", "2026-03-02", true)]
    [InlineData("Asia/Tokyo", "2026-03-03", false)]
    public void Given_a_birth_date_When_admitted_Then_the_practices_day_decides(string zone, string birthDate, bool allowed)
    {
        var asked = Valid with { BirthDate = DateOnly.Parse(birthDate, System.Globalization.CultureInfo.InvariantCulture) };
        var act = () => PatientRules.Admit(asked, new PracticeFacts(zone, BaaStatus.None, 15, 12), Now);
        if (allowed) act();
        else Assert.Equal("/birthDate", Assert.Throws<DomainException>(act).Pointer);
    }

    [Theory]
    [InlineData(true, BaaStatus.None, true)]
    [InlineData(true, BaaStatus.InForce, true)]
    [InlineData(false, BaaStatus.InForce, true)]
    [InlineData(false, BaaStatus.None, false)]
    [InlineData(false, BaaStatus.Ended, false)]
    public void Given_no_agreement_When_a_real_patient_is_admitted_Then_it_is_refused(bool synthetic, BaaStatus baa, bool allowed)
    {
        var act = () => PatientRules.Admit(Valid with { Synthetic = synthetic }, new PracticeFacts("UTC", baa, 15, 12), Now);
        if (allowed) act();
        else Assert.Equal(ErrorCode.BaaRequired, Assert.Throws<DomainException>(act).Code);
    }

    [Theory]
    [InlineData(1, "MRN-000001")]
    [InlineData(123, "MRN-000123")]
    [InlineData(12345678, "MRN-12345678")]
    public void Given_a_number_When_registered_Then_the_record_number_shows_it(long number, string mrn) =>
        Assert.Equal(mrn, PatientRules.Register(Guid.Empty, number, Valid, Now).Mrn);

    [Fact]
    public void Given_a_stale_version_When_updated_Then_it_is_refused()
    {
        var record = PatientRules.Register(Guid.Empty, 1, Valid, Now);
        Assert.Equal(ErrorCode.VersionMismatch, Assert.Throws<DomainException>(() => PatientRules.Update(record, Valid, 2, Now)).Code);
    }

    [Fact]
    public void Given_a_synthetic_patient_When_made_real_Then_it_is_refused()
    {
        var record = PatientRules.Register(Guid.Empty, 1, Valid, Now);
        var refusal = Assert.Throws<DomainException>(() => PatientRules.Update(record, Valid with { Synthetic = false }, 1, Now));
        Assert.Equal("/synthetic", refusal.Pointer);
    }
}
