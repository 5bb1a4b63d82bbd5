using JamEmr.Encounters;
using JamEmr.Inference;
using JamEmr.Scribe.Drafting;
using NoteSection = JamEmr.Encounters.NoteSection;
using ScribeSection = JamEmr.Scribe.Drafting.NoteSection;

namespace JamEmr.Tests.Grains.Inference;

public sealed class InferenceRulesTests
{
    private static readonly Turn[] Turns =
    [
        new(1, Speaker.Clinician, TimeSpan.Zero, TimeSpan.FromSeconds(2), "Do you have a fever?"),
        new(2, Speaker.Patient, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), "I have had a headache for two days."),
        new(3, Speaker.Other, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6), "He sleeps badly."),
    ];

    [Fact]
    public void Given_turns_When_given_to_the_scribe_Then_words_and_speakers_go_and_no_identifier()
    {
        var conversation = InferenceRules.ToConversation([.. Turns]);
        Assert.Equal("visit", conversation.Id);
        Assert.Equal(
            Turns.Select(t => (t.Number, t.Speaker.ToString(), t.Start, t.End, t.Text)),
            conversation.Turns.Select(t => (t.Number, t.Speaker.ToString(), t.Start, t.End, t.Text)));
    }

    [Theory]
    [InlineData("Headache for two days.", 2, true, true)]
    [InlineData("Headache for three days.", 2, true, false)]
    [InlineData("Headache for two days.", 2, false, false)]
    [InlineData("Headache for two days.", 9, true, false)]
    public void Given_a_drafters_sentence_When_taken_over_Then_only_what_existing_turns_bear_is_supported(
        string text, int turn, bool drafterSays, bool expected)
    {
        var draft = new DraftedNote("visit", [new DraftedSentence(ScribeSection.Subjective, text, [turn], drafterSays, null)]);
        var sentence = Assert.Single(InferenceRules.ToSentences(draft, InferenceRules.ToConversation([.. Turns])));
        Assert.Equal(expected, sentence.Supported);
        Assert.Equal(turn == 9 ? [] : [turn], sentence.Turns);
        Assert.Equal(SentenceOrigin.Model, sentence.Origin);
    }

    [Fact]
    public void Given_sentences_of_every_section_When_taken_over_Then_numbers_run_and_sections_match()
    {
        var draft = new DraftedNote(
            "visit", [.. Enum.GetValues<ScribeSection>().Select(s => new DraftedSentence(s, "Headache\tfor two\ndays.", [2], true, null))]);
        var sentences = InferenceRules.ToSentences(draft, InferenceRules.ToConversation([.. Turns]));
        Assert.Equal([1, 2, 3, 4], sentences.Select(s => s.Number));
        Assert.Equal(Enum.GetValues<NoteSection>(), sentences.Select(s => s.Section));
        Assert.All(sentences, s => Assert.Equal("Headache for two days.", s.Text));
    }
}
