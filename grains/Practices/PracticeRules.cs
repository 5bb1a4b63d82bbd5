using System.Collections.Immutable;
using System.Text.RegularExpressions;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Practices;

/// <summary>Rules of a practice's record. Pure.</summary>
internal static partial class PracticeRules
{
    /// <summary>A founding request in normal form.</summary>
    /// <param name="command">As asked.</param>
    /// <param name="at">Pointer to the object in the request, such as <c>/practice</c>.</param>
    public static FoundPractice Normalise(FoundPractice command, string at = "")
    {
        var code = Check.Text(command.Code, $"{at}/code", 3, 32);
        if (!CodeForm().IsMatch(code))
            throw Check.Invalid($"{at}/code", "Use 3 to 32 of a-z, 0-9 and '-', beginning and ending with a letter or digit.");
        return new FoundPractice(code, Name(command.Name, at), Check.TimeZone(command.TimeZone, $"{at}/timeZone"));
    }

    /// <summary>A change in normal form.</summary>
    public static UpdatePractice Normalise(UpdatePractice command) =>
        new(Name(command.Name, ""), Check.TimeZone(command.TimeZone, "/timeZone"));

    /// <summary>The calendar day in a zone.</summary>
    public static DateOnly Today(DateTimeOffset now, string timeZone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(timeZone)).DateTime);

    /// <summary>The series with its next number given.</summary>
    public static (ImmutableArray<NumberSeries> Series, long Number) Next(ImmutableArray<NumberSeries> series, string name)
    {
        for (var i = 0; i < series.Length; i++)
        {
            if (!string.Equals(series[i].Name, name, StringComparison.Ordinal)) continue;
            var next = new NumberSeries(name, checked(series[i].Last + 1));
            return (series.SetItem(i, next), next.Last);
        }

        return (series.Add(new NumberSeries(name, 1)), 1);
    }

    /// <summary>What callers learn where no practice is.</summary>
    public static DomainException NotFound() => new(ErrorCode.NotFound, "There is no such practice.");

    private static string Name(string? name, string at) => Check.Text(name, $"{at}/name", 1, 120);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex CodeForm();
}
