using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Identity;

namespace JamEmr.Practices;

/// <summary>Rules of founding a practice.</summary>
internal static class SetupRules
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int CodeLength = 25;
    private const int GroupLength = 5;

    /// <summary>A new one-time code: 25 characters of base32 (RFC 4648), 125 random bits, in groups for reading aloud.</summary>
    public static string NewCode() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, CodeLength).Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>A code as typed, in the one form that is hashed.</summary>
    public static string NormaliseCode(string? code) =>
        new([.. (code ?? "").Take(100).Where(c => c is not ('-' or ' ')).Select(char.ToUpperInvariant)]);

    /// <summary>The request in normal form, its code left as it is.</summary>
    public static SetupRequest Normalise(SetupRequest request)
    {
        if (request.Practice is null) throw Check.Invalid("/practice", "This field is required.");
        if (request.Administrator is null) throw Check.Invalid("/administrator", "This field is required.");
        var administrator = UserRules.Normalise(request.Administrator, "/administrator");
        return administrator.Roles.Contains(Role.Administrative)
            ? new SetupRequest(request.SetupCode, PracticeRules.Normalise(request.Practice, "/practice"), administrator)
            : throw Check.Invalid("/administrator/roles", "The first account must have the administrative role.");
    }

    /// <summary>SHA-256 of a normalised request without its secrets.</summary>
    public static string HashOf(SetupRequest request) =>
        GrainJson.Hash(request with { SetupCode = "", Administrator = request.Administrator with { Password = "" } });
}
