using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Identity;

namespace JamEmr.Practices;

/// <summary>Rules of founding a practice.</summary>
internal static class SetupRules
{
    /// <summary>Officers named at founding, at most: one for each designation.</summary>
    public const int MaxOfficers = 2;

    /// <summary>How long a code for a further practice is good, like the enrolment codes that it leads to.</summary>
    public static readonly TimeSpan FurtherCodeGoodFor = TimeSpan.FromHours(72);

    private const int MaxPlace = 64;
    private const int CodeLength = 25;
    private const int GroupLength = 5;

    /// <summary>A new one-time code: 125 random bits.</summary>
    public static string NewCode() => OneTimeCode.New(CodeLength, GroupLength);

    /// <summary>Where a code is shown, fit to be printed on another console whoever said it.</summary>
    public static string PlaceOf(string? place) => string.IsNullOrEmpty(place)
        ? "unknown"
        : string.Concat(place.Take(MaxPlace).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));

    /// <summary>The request in normal form, its code left as it is.</summary>
    public static SetupRequest Normalise(SetupRequest request)
    {
        if (request.Practice is null) throw Check.Invalid("/practice", "This field is required.");
        if (request.Administrator is null) throw Check.Invalid("/administrator", "This field is required.");
        var administrator = UserRules.Normalise(request.Administrator, "/administrator");
        if (!administrator.Roles.Contains(Role.Administrative))
            throw Check.Invalid("/administrator/roles", "The first account must have the administrative role.");
        return new SetupRequest(
            request.SetupCode, PracticeRules.Normalise(request.Practice, "/practice"), administrator, Officers(request.Officers ?? [], administrator.Login));
    }

    /// <summary>SHA-256 of a normalised request without its secrets.</summary>
    public static string HashOf(SetupRequest request) => GrainJson.Hash(request with { SetupCode = "" });

    private static ImmutableArray<CreateUser> Officers(ImmutableArray<CreateUser> officers, string administrator)
    {
        if (officers.IsDefaultOrEmpty) return [];
        if (officers.Length > MaxOfficers) throw Check.Invalid("/officers", "Name at most two officers here; others get their accounts later.");
        HashSet<string> logins = new(StringComparer.Ordinal) { administrator };
        return [.. officers.Select((officer, i) => Officer(officer, $"/officers/{i}", logins))];
    }

    private static CreateUser Officer(CreateUser? officer, string at, HashSet<string> logins)
    {
        if (officer is null) throw Check.Invalid(at, "This field is required.");
        var normal = UserRules.Normalise(officer, at);
        if (!normal.Roles.Any(role => role is Role.SecurityOfficer or Role.PrivacyOfficer))
            throw Check.Invalid($"{at}/roles", "An officer has the designation securityOfficer, privacyOfficer or both.");
        return logins.Add(normal.Login) ? normal : throw Check.Invalid($"{at}/login", "Another of these accounts has this login. Choose another.");
    }
}
