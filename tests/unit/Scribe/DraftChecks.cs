using System.Text.RegularExpressions;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;

namespace JamEmr.Tests.Unit.Scribe;

/// <summary>What holds for every draft. The rules here are written apart from the drafter's own.</summary>
internal static partial class DraftChecks
{
    public static void AssertFaithful(Conversation visit, DraftedNote note)
    {
        foreach (var sentence in note.Sentences)
        {
            var cited = sentence.Turns.Select(number => visit.Turn(number)).OfType<ConversationTurn>().ToList();
            Assert.True(cited.Count == sentence.Turns.Count && cited.Count > 0, $"{visit.Id}: a turn that is not there is cited by: {sentence.Text}");
            Assert.Equal(sentence.Turns.Order(), sentence.Turns);
            Assert.True(sentence.Supported && sentence.WhyNot is null);
            var verdict = FaithfulnessCheck.Check(sentence.Text, cited);
            Assert.True(verdict.Supported, $"{visit.Id}: {sentence.Text}: {verdict.WhyNot}");
            var said = string.Join(" ", cited.Select(turn => turn.Text));
            foreach (Match digits in Digits().Matches(sentence.Text))
                Assert.True(Digits().Matches(said).Any(other => other.Value == digits.Value), $"{visit.Id}: {digits.Value} is not in the turns of: {sentence.Text}");
            if (Negation().IsMatch(sentence.Text))
                Assert.True(Negation().IsMatch(said), $"{visit.Id}: nothing is denied in the turns of: {sentence.Text}");
        }

        Assert.Equal(note.Sentences.OrderBy(s => s.Section).Select(s => s.Text), note.Sentences.Select(s => s.Text));
    }

    [GeneratedRegex(@"\.?\d+(?:[.,/:]\d+)*")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\b(?:no|not|never|none|nothing|neither|nor|without|denies|cannot|nope|nah)\b|n't\b|\bnegative\b|\bunable\b", RegexOptions.IgnoreCase)]
    private static partial Regex Negation();
}
