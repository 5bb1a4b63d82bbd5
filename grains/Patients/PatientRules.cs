using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Patients;

/// <summary>What may be registered and changed of a patient.</summary>
internal static class PatientRules
{
    /// <summary>No living person was born before.</summary>
    public static readonly DateOnly EarliestBirth = new(1875, 1, 1);

    /// <summary>The request in its normal form.</summary>
    public static Demographics Normalize(Demographics asked) => new(
        Name(asked.Family, "/family"),
        Name(asked.Given, "/given"),
        asked.BirthDate >= EarliestBirth
            ? asked.BirthDate
            : throw Check.Invalid("/birthDate", "A birth date is 1875-01-01 or later."),
        Check.Defined(asked.Gender, "/gender"),
        asked.Synthetic,
        Check.OptionalText(asked.Phone, "/phone", 40),
        Email(asked.Email),
        Check.OptionalText(asked.Address, "/address", 300, multiline: true));

    /// <summary>The practice's calendar day.</summary>
    public static DateOnly Today(DateTimeOffset now, string timeZone) => PracticeRules.Today(now, timeZone);

    /// <summary>Nobody is registered before birth, nor anybody real before the practice's business associate agreement is executed
    /// (45 CFR 164.502(e)).</summary>
    public static void Admit(Demographics asked, PracticeFacts practice, DateTimeOffset now)
    {
        RequireBorn(asked, Today(now, practice.TimeZone));
        if (!asked.Synthetic && practice.Baa is not BaaStatus.InForce)
        {
            throw new DomainException(
                ErrorCode.BaaRequired,
                "This practice has no business associate agreement in force. Until it has, register made-up patients only (synthetic).",
                "/synthetic");
        }
    }

    /// <summary>A new patient.</summary>
    public static PatientRecord Register(Guid id, long number, Demographics asked, DateTimeOffset now) =>
        new(id, string.Create(CultureInfo.InvariantCulture, $"MRN-{number:D6}"), asked, now, now, 1);

    /// <summary>A patient with demographics replaced. Whether a person is made up is settled at registration: what was decided on it,
    /// the agreement above all, would otherwise be undone.</summary>
    public static PatientRecord Update(PatientRecord current, Demographics asked, int expectedVersion, DateTimeOffset now)
    {
        Check.Version(expectedVersion, current.Version);
        if (asked.Synthetic != current.Demographics.Synthetic)
            throw Check.Invalid("/synthetic", "Whether a patient is made up cannot be changed. Register another patient.");
        return current with { Demographics = asked, UpdatedAt = now, Version = current.Version + 1 };
    }

    /// <summary>Refuses a birth date after the practice's day.</summary>
    public static void RequireBorn(Demographics asked, DateOnly today)
    {
        if (asked.BirthDate > today) throw Check.Invalid("/birthDate", "A birth date cannot be in the future.");
    }

    /// <summary>The refusal where no patient is registered.</summary>
    /// <param name="pointer">The field that names the patient, where a request does.</param>
    public static DomainException NotFound(string? pointer = null) => new(ErrorCode.NotFound, "There is no such patient.", pointer);

    private static string Name(string? value, string pointer)
    {
        var name = Check.Text(value, pointer, 1, 100);
        return NameFolding.Fold(name).Length > 0 ? name : throw Check.Invalid(pointer, "A name has at least one letter.");
    }

    private static string? Email(string? value)
    {
        var email = Check.OptionalText(value, "/email", 254);
        if (email is null) return null;
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == email.LastIndexOf('@') && at < email.Length - 1 && !email.Any(char.IsWhiteSpace)
            ? email
            : throw Check.Invalid("/email", "This is not an e-mail address.");
    }
}
