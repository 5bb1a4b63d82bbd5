using System.Text;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Tests.Unit.Scribe;

/// <summary>Small inputs of our own making.</summary>
internal static class Texts
{
    public const string Transcript =
        """
        D: What brings you in?

        P: My left ankle. I twisted it on Sunday.
        D: Can you walk on it?
        P: Yes, but it hurts.
        """;

    public const string Table = "encounter_id,dialogue\nA1,\"[doctor] any fever ?\n[patient] no .\"\nA2,\"[doctor] hi .\n[patient_guest] she said \"\"hello\"\" , twice .\"\n";

    public static ReadOnlySpan<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string TextGrid(params (double Start, double End, string Text)[] intervals)
    {
        var text = new StringBuilder("File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0 \nxmax = 60 \ntiers? <exists> \nsize = 1 \nitem []: \n")
            .Append("    item [1]:\n        class = \"IntervalTier\" \n        name = \"Speaker\" \n        xmin = 0 \n        xmax = 60 \n")
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"        intervals: size = {intervals.Length} \n");
        for (var i = 0; i < intervals.Length; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"        intervals [{i + 1}]:\n            xmin = {intervals[i].Start} \n            xmax = {intervals[i].End} \n            text = \"{intervals[i].Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\" \n");
        }

        return text.ToString();
    }

    /// <summary>A conversation of "D: ..." and "P: ..." lines.</summary>
    public static Conversation Visit(params string[] lines) => TranscriptReader.Read("visit.txt", Bytes(string.Join('\n', lines)));
}
