using System.Text;

namespace JamEmr.Scribe.Drafting;

/// <summary>One sentence of a draft.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Text">What it says.</param>
/// <param name="Turns">Numbers of the turns it rests on (<see cref="Conversations.ConversationTurn.Number"/>), ascending, at least one.</param>
/// <param name="Supported">False when <see cref="FaithfulnessCheck"/> found that the turns do not bear it: a person must edit or remove it.</param>
/// <param name="WhyNot">What the turns lack; null when supported.</param>
public sealed record DraftedSentence(NoteSection Section, string Text, IReadOnlyList<int> Turns, bool Supported, string? WhyNot);

/// <summary>A drafted note.</summary>
/// <param name="ConversationId">The conversation it was made from.</param>
/// <param name="Sentences">By section, then by turn.</param>
public sealed record DraftedNote(string ConversationId, IReadOnlyList<DraftedSentence> Sentences)
{
    /// <summary>The sentences of one section.</summary>
    public IEnumerable<DraftedSentence> Of(NoteSection section) => Sentences.Where(sentence => sentence.Section == section);

    /// <summary>The note as text: a heading over each section that has something, one sentence a line.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var section in NoteSections.All)
        {
            var first = true;
            foreach (var sentence in Of(section))
            {
                if (first)
                    text.Append(text.Length > 0 ? "\n" : "").Append(NoteSections.Heading(section)).Append('\n');
                text.Append(sentence.Text).Append('\n');
                first = false;
            }
        }

        return text.ToString();
    }
}
