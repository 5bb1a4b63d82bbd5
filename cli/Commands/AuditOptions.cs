using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace JamEmr.Cli.Commands;

/// <summary>Options that the commands of the audit log share.</summary>
internal static class AuditOptions
{
    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    public static Option<string> Practice() => new("--practice") { Description = "The practice's id, or system.", HelpName = "id", Required = true };

    public static Option<string> Data() => new("--data")
    {
        Description = "The service's data folder. The service may be running.",
        HelpName = "folder",
        DefaultValueFactory = _ => "jamemr-data",
    };

    public static Option<string?> CheckpointKey() => new("--checkpoint-key")
    {
        Description = "The service's checkpoint key file; the one beside the data folder is used where it can be read.",
        HelpName = "file",
    };

    public static Option<string?> Checkpoints() => new("--checkpoints")
    {
        Description = "The folder that the service publishes its checkpoints and keys in, where it is not the one beside the data folder.",
        HelpName = "folder",
    };

    /// <summary>A time: a date, which is its midnight in UTC, or a time with its zone.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description + " Such as 2026-03-02 (midnight UTC) or 2026-03-02T09:00:00Z.",
        HelpName = "time",
        CustomParser = Parse,
    };

    private static DateTimeOffset? Parse(ArgumentResult result)
    {
        var word = result.Tokens[0].Value;
        var hasZone = !word.Contains('T', StringComparison.Ordinal) || word.EndsWith('Z') || word.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length;
        if (hasZone && DateTimeOffset.TryParseExact(word, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        result.AddError($"'{word}' is not a time with its zone, such as 2026-03-02 or 2026-03-02T09:00:00Z.");
        return null;
    }
}
