using JamEmr.Common;

namespace JamEmr.Patients;

/// <summary>What may be searched.</summary>
internal static class PatientSearchRules
{
    /// <summary>A search with folded names. It needs the beginning of a family name or a birth date: nobody pages through all patients.</summary>
    public static PatientSearch Read(PatientSearch asked)
    {
        var family = Folded(asked.Family, "/family");
        var given = Folded(asked.Given, "/given");
        if (asked.BirthDate is { } date && date < PatientRules.EarliestBirth)
            throw Check.Invalid("/birthDate", "A birth date is 1875-01-01 or later.");
        if (asked.BirthDate is null && (family is null || !PatientIndexRules.NamesShard(family)))
            throw Check.Invalid("/family", "Give at least two letters of the family name, or a birth date.");
        return new PatientSearch(family, given, asked.BirthDate);
    }

    /// <summary>The one shard that holds every answer to a search.</summary>
    public static string Shard(Guid practice, PatientSearch search) =>
        search.Family is { } family && PatientIndexRules.NamesShard(family)
            ? PatientIndexRules.ShardOfFamily(practice, family)
            : PatientIndexRules.ShardOfBirth(practice, search.BirthDate!.Value);

    private static string? Folded(string? value, string pointer)
    {
        var text = Check.OptionalText(value, pointer, 100);
        if (text is null) return null;
        var folded = NameFolding.Fold(text);
        return folded.Length > 0 ? folded : throw Check.Invalid(pointer, "A name has at least one letter.");
    }
}
