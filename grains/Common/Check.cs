using System.Globalization;
using JamEmr.Errors;

namespace JamEmr.Common;

/// <summary>Rules of form that requests share. Each names the field by RFC 6901 pointer and never repeats the value.</summary>
public static class Check
{
    /// <summary>A text of <paramref name="min"/> to <paramref name="max"/> characters after trimming, valid Unicode, without control
    /// characters (line breaks only when <paramref name="multiline"/>). Returns the trimmed text, otherwise as it was sent.</summary>
    public static string Text(string? value, string pointer, int min, int max, bool multiline = false)
    {
        if (value is null) throw Invalid(pointer, "This field is required.");
        if (value.Length > max * 4) throw Invalid(pointer, TooLong(max));
        if (!IsUnicode(value)) throw Invalid(pointer, "This field holds characters that are not valid Unicode.");
        var text = value.Trim();
        if (text.Length < min) throw Invalid(pointer, string.Create(CultureInfo.InvariantCulture, $"This field needs at least {min} characters."));
        if (text.Length > max) throw Invalid(pointer, TooLong(max));
        foreach (var c in text)
        {
            if (char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t'))
                throw Invalid(pointer, "This field holds control characters; remove them.");
        }

        return text;
    }

    /// <summary>As <see cref="Text"/>, where nothing or blank becomes null.</summary>
    public static string? OptionalText(string? value, string pointer, int max, bool multiline = false) =>
        string.IsNullOrWhiteSpace(value) ? null : Text(value, pointer, 1, max, multiline);

    /// <summary>A number within bounds, both included.</summary>
    public static int Range(int value, string pointer, int min, int max) =>
        value >= min && value <= max
            ? value
            : throw Invalid(pointer, string.Create(CultureInfo.InvariantCulture, $"This field must be {min} to {max}."));

    /// <summary>A defined member of an enumeration.</summary>
    public static T Defined<T>(T value, string pointer)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw Invalid(pointer, "This value is not one of those allowed.");

    /// <summary>An IANA time zone this machine knows.</summary>
    public static string TimeZone(string? value, string pointer)
    {
        var id = Text(value, pointer, 1, 64);
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId
            ? id
            : throw Invalid(pointer, "This is not an IANA time zone, such as America/New_York.");
    }

    /// <summary>A page size of 1 to 200.</summary>
    public static int PageLimit(int limit) => Range(limit, "/limit", 1, 200);

    /// <summary>The version read must be the version changed.</summary>
    public static void Version(int expected, int actual)
    {
        if (expected != actual)
            throw new DomainException(ErrorCode.VersionMismatch, "The record changed since it was read. Read it again and repeat the change.");
    }

    /// <summary>Whether a change at a known version has been made already: a request whose answer was lost comes again, or somebody wanted just the same.
    /// It succeeds then and changes nothing (RFC 9110, 13.1.1).</summary>
    public static bool IsRepeat(int expected, int actual, bool isSame) => isSame && expected == actual - 1;

    /// <summary>A refusal of one field.</summary>
    public static DomainException Invalid(string pointer, string message) => new(ErrorCode.InvalidRequest, message, pointer);

    // Half a surrogate pair is no character: it could be neither stored as UTF-8 nor hashed alike everywhere.
    internal static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static string TooLong(int max) => string.Create(CultureInfo.InvariantCulture, $"This field may have at most {max} characters.");
}
