using System.Text;
using System.Text.Json;

namespace JamEmr.Cli.Client;

/// <summary>Answers as tables for people.</summary>
internal static class TextTable
{
    /// <summary>Writes rows below a heading, each column as wide as it needs.</summary>
    public static async Task WriteAsync(TextWriter output, string[] heading, IEnumerable<string?[]> rows)
    {
        var all = rows.Select(row => row.Select(cell => Plain(cell ?? "")).ToArray()).Prepend(heading).ToList();
        var widths = heading.Select((_, i) => all.Max(row => row[i].Length)).ToArray();
        foreach (var row in all) await output.WriteLineAsync(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Says how to go on, when there is more.</summary>
    public static async Task WriteNextAsync(TextWriter output, JsonElement page)
    {
        if (Text(page, "next") is { } next) await output.WriteLineAsync($"More: add --cursor {Plain(next)}");
    }

    /// <summary>A value as text; null where there is none.</summary>
    public static string? Text(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null => null,
        _ => value.GetRawText(),
    };

    /// <summary>Text that does nothing to a terminal but stand there.</summary>
    public static string Plain(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')) return text;
        var plain = new StringBuilder(text);
        for (var i = 0; i < plain.Length; i++)
        {
            if (char.IsControl(plain[i])) plain[i] = '?';
        }

        return plain.ToString();
    }
}
