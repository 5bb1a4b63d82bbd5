using System.Collections.Immutable;
using JamEmr.Encounters;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;
using NoteSection = JamEmr.Encounters.NoteSection;
using ScribeSection = JamEmr.Scribe.Drafting.NoteSection;
using ScribeSpeaker = JamEmr.Scribe.Conversations.Speaker;
using Speaker = JamEmr.Encounters.Speaker;

namespace JamEmr.Inference;

/// <summary>Between the record's words for a conversation and the scribe's, and what of a draft may be trusted.</summary>
internal static class InferenceRules
{
    /// <summary>The scribe sees no identifier of patient or encounter.</summary>
    private const string Anonymous = "visit";

    /// <summary>Turns as the scribe takes them.</summary>
    public static Conversation ToConversation(ImmutableArray<Turn> turns) => new(
        Anonymous,
        [.. turns.Select(t => new ConversationTurn(t.Number, ToScribe(t.Speaker), t.Start, t.End, t.Text))],
        TimesAreEstimated: false);

    /// <summary>A draft's sentences, numbered from 1. Whatever the drafter thinks of its sentence, only what the check finds borne by turns
    /// that exist counts as supported.</summary>
    public static ImmutableArray<NoteSentence> ToSentences(DraftedNote draft, Conversation conversation) =>
    [
        .. draft.Sentences.Select((s, i) =>
        {
            var cited = s.Turns.Select(conversation.Turn).OfType<ConversationTurn>().ToArray();
            var supported = s.Supported && cited.Length == s.Turns.Count && FaithfulnessCheck.Check(s.Text, cited).Supported;
            return new NoteSentence(
                i + 1, ToRecord(s.Section), OneLine(s.Text), [.. cited.Select(t => t.Number)], SentenceOrigin.Model, supported);
        }),
    ];

    // The canonical text of a note has one line per sentence, whatever a drafter writes.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    private static ScribeSpeaker ToScribe(Speaker speaker) => speaker switch
    {
        Speaker.Clinician => ScribeSpeaker.Clinician,
        Speaker.Patient => ScribeSpeaker.Patient,
        _ => ScribeSpeaker.Other,
    };

    private static NoteSection ToRecord(ScribeSection section) => section switch
    {
        ScribeSection.Subjective => NoteSection.Subjective,
        ScribeSection.ObjectiveExam => NoteSection.ObjectiveExam,
        ScribeSection.ObjectiveResults => NoteSection.ObjectiveResults,
        ScribeSection.AssessmentAndPlan => NoteSection.AssessmentAndPlan,
        _ => throw new ArgumentOutOfRangeException(nameof(section), section, "The scribe named a section that notes do not have."),
    };
}
