using System.Text;

namespace JamEmr.Scribe.Conversations;

/// <summary>Bytes of a text file turned into lines: strict about encoding, size and control characters.</summary>
internal static class SourceText
{
    /// <summary>Largest text file read, in bytes.</summary>
    public const int MaxBytes = 64 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Le = new(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Be = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);

    /// <summary>UTF-8, or UTF-16 where a byte order mark says so.</summary>
    public static string Decode(string file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new VisitFormatException(file, "", $"larger than {MaxBytes >> 20} MB", "Give the transcript of one visit");
        var (encoding, mark) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => ((Encoding)Utf8, 3),
            [0xFF, 0xFE, ..] => (Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Utf16Be, 2),
            _ => (Utf8, 0),
        };
        string text;
        try
        {
            text = encoding.GetString(bytes[mark..]);
        }
        catch (DecoderFallbackException e)
        {
            throw new VisitFormatException(file, $"byte {mark + Math.Max(0, e.Index)}",
                $"not valid {(mark == 2 ? "UTF-16" : "UTF-8")} text", "Save the file as UTF-8");
        }

        var line = 1;
        foreach (var c in text)
        {
            if (c == '\n')
                line++;
            else if (char.IsControl(c) && c is not ('\r' or '\t'))
                throw new VisitFormatException(file, $"line {line}", $"control character U+{(int)c:X4}", "Save the file as plain text");
        }

        return text;
    }

    /// <summary>Lines with their numbers from 1; any line end will do.</summary>
    public static IEnumerable<(int Number, string Text)> Lines(string text)
    {
        var number = 0;
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line)
            yield return (++number, line);
    }

    /// <summary>One line without tabs, doubled or outer spaces.</summary>
    public static string Squeeze(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
                result.Append(c);
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }

        return result.ToString().TrimEnd();
    }
}
