using System.Security.Cryptography;

namespace JamEmr.Common;

/// <summary>Codes that people are given once and type in: letters and digits that are hard to mistake for each other, in groups for reading
/// aloud.</summary>
internal static class OneTimeCode
{
    // Base32 (RFC 4648, section 6): each character is 5 bits.
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int MaxTyped = 100;

    /// <summary>A new code of so many characters.</summary>
    public static string New(int length, int group) =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, length).Chunk(group).Select(part => new string(part)));

    /// <summary>A code as typed, in the one form that is hashed.</summary>
    public static string Normalise(string? code) =>
        new([.. (code ?? "").Take(MaxTyped).Where(c => c is not ('-' or ' ')).Select(char.ToUpperInvariant)]);
}
