using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;
using JamEmr.Scribe.Samples;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr draft</c>: a note from a visit's transcript, without a server.</summary>
internal static class DraftCommand
{
    /// <summary>Visits drafted at a time.</summary>
    private const int BatchSize = 16;

    public static ExampleCommand Create()
    {
        var visit = new Option<string?>("--visit", "-v")
        {
            Description = "A transcript (lines D: and P:), table.csv#row, or either file of a TextGrid pair. Default: the sample visit.",
            HelpName = "file",
        };
        var all = new Option<bool>("--all") { Description = "Draft every row of the csv." };
        var json = new Option<bool>("--json")
        {
            Description = "Write JSON: [{id, note, sentences: [{text, turns, section, supported}]}], turns counted from 0 in the source.",
        };
        var command = new ExampleCommand("draft", "Draft a note from a visit and show the turns each sentence rests on.",
            "jamemr draft",
            "jamemr draft --visit visit.txt",
            "jamemr draft --visit visits.csv#3",
            "jamemr draft --visit visits.csv --all --json > notes.json",
            "jamemr draft --visit monday_doctor.TextGrid");
        command.Add(visit);
        command.Add(all);
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var conversations = Read(parsed.GetValue(visit), parsed.GetValue(all));
            var notes = await DraftAsync(new ExtractiveDrafter(), conversations, cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                await output.WriteLineAsync(Json(conversations, notes));
            else
                Print(output, conversations, notes);
            return ExitCodes.Done;
        });
        return command;
    }

    private static IReadOnlyList<Conversation> Read(string? visit, bool all) =>
        visit is null ? [SampleVisit.Read()] : all ? VisitFile.ReadAll(visit) : [VisitFile.Read(visit)];

    private static async Task<List<DraftedNote>> DraftAsync(
        ExtractiveDrafter drafter, IReadOnlyList<Conversation> conversations, CancellationToken cancellationToken)
    {
        var notes = new List<DraftedNote>(conversations.Count);
        foreach (var batch in conversations.Chunk(BatchSize))
            notes.AddRange(await drafter.DraftAsync(batch, cancellationToken));
        return notes;
    }

    private static void Print(TextWriter output, IReadOnlyList<Conversation> conversations, List<DraftedNote> notes)
    {
        for (var i = 0; i < notes.Count; i++)
        {
            var conversation = conversations[i];
            var estimated = conversation.TimesAreEstimated ? " (estimated)" : "";
            output.WriteLine($"{conversation.Id}: {conversation.Turns.Count} turns, {conversation.Duration:h\\:mm\\:ss}{estimated}");
            foreach (var section in NoteSections.All.Where(section => notes[i].Of(section).Any()))
            {
                output.WriteLine();
                output.WriteLine(NoteSections.Heading(section));
                foreach (var sentence in notes[i].Of(section))
                {
                    var doubt = sentence.Supported ? "" : $" NOT SUPPORTED: {sentence.WhyNot}";
                    output.WriteLine($"  {sentence.Text} [{string.Join(", ", sentence.Turns)}]{doubt}");
                }
            }

            output.WriteLine();
        }
    }

    private static string Json(IReadOnlyList<Conversation> conversations, List<DraftedNote> notes)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true }))
        {
            json.WriteStartArray();
            for (var i = 0; i < notes.Count; i++)
                Write(json, conversations[i], notes[i]);
            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Conversation conversation, DraftedNote note)
    {
        json.WriteStartObject();
        json.WriteString("id", note.ConversationId);
        json.WriteString("note", note.ToText());
        json.WriteStartArray("sentences");
        foreach (var sentence in note.Sentences)
        {
            json.WriteStartObject();
            json.WriteString("text", sentence.Text);
            json.WriteStartArray("turns");
            foreach (var number in sentence.Turns)
                json.WriteNumberValue(conversation.Turn(number)!.SourceNumber - 1);
            json.WriteEndArray();
            json.WriteString("section", sentence.Section.ToString());
            json.WriteBoolean("supported", sentence.Supported);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
