using JamEmr.Encounters;
using JamEmr.Errors;
using static JamEmr.Tests.Grains.Encounters.Visit;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class NoteEditingTests
{
    public static TheoryData<string, EditNote> Malformed => new()
    {
        { "/changes", new EditNote(default) },
        { "/changes", Edit() },
        { "/changes", Edit([.. Enumerable.Range(0, 201).Select(_ => new SentenceChange(null, "x", NoteSection.Subjective))]) },
        { "/changes/0", Edit([null!]) },
        { "/changes/0/sentence", Edit(new SentenceChange(9, "x")) },
        { "/changes/1/sentence", Edit(new SentenceChange(1, "x"), new SentenceChange(1, null)) },
        { "/changes/0/text", Edit(new SentenceChange(1, "")) },
        { "/changes/0/text", Edit(new SentenceChange(1, new string('x', 2001))) },
        { "/changes/0/text", Edit(new SentenceChange(1, "a\tb")) },
        { "/changes/0/text", Edit(new SentenceChange(1, "Headache for two days.")) },
        { "/changes/0/section", Edit(new SentenceChange(1, "x", NoteSection.ObjectiveExam)) },
        { "/changes/0/section", Edit(new SentenceChange(null, "x")) },
        { "/changes/0/section", Edit(new SentenceChange(null, "x", (NoteSection)9)) },
        { "/changes/0/text", Edit(new SentenceChange(null, null, NoteSection.Subjective)) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_a_malformed_edit_When_applied_Then_the_field_is_named(string pointer, EditNote edit)
    {
        var refusal = Assert.Throws<DomainException>(() => NoteEditing.Edit(Drafted(), edit, 1, Person(), Now));
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public void Given_a_model_sentence_When_a_person_changes_it_Then_the_person_answers_for_it_and_its_turns_stay()
    {
        var state = NoteEditing.Edit(
            Drafted(Sentence("Headache.", 1, supported: false)), Edit(new SentenceChange(1, "Migraine.")), 1, Person(), Now);
        var sentence = Assert.Single(state.Versions[1].Sentences);
        Assert.Equal((1, "Migraine.", SentenceOrigin.Person, true), (sentence.Number, sentence.Text, sentence.Origin, sentence.Supported));
        Assert.Equal([1], sentence.Turns);
        Assert.Equal(Clinician, state.Versions[1].Info.Author.Person);
        Assert.Equal(EncounterStatus.InReview, state.Record.Status);
        Assert.Equal("Headache.", state.Versions[0].Sentences[0].Text);
    }

    [Fact]
    public void Given_an_edit_of_all_kinds_When_applied_Then_the_difference_tells_each()
    {
        var state = Drafted(Sentence("Headache.", 1), Sentence("No fever.", 2), Sentence("Rest.", 3, NoteSection.AssessmentAndPlan));
        var edit = Edit(
            new SentenceChange(2, null),
            new SentenceChange(3, "Rest and fluids."),
            new SentenceChange(null, "Neck supple.", NoteSection.ObjectiveExam),
            new SentenceChange(null, "Since Monday.", NoteSection.Subjective));
        var version = NoteEditing.Edit(state, edit, 1, Person(), Now).Versions[1];
        Assert.Equal(["Headache.", "Since Monday.", "Neck supple.", "Rest and fluids."], version.Sentences.Select(s => s.Text));
        Assert.Equal([1, 5, 4, 3], version.Sentences.Select(s => s.Number));
        Assert.Equal([5, 4], version.Info.Added);
        Assert.Equal([3], version.Info.Changed);
        Assert.Equal([2], version.Info.Removed);
    }

    [Fact]
    public void Given_a_removed_sentence_When_another_is_added_Then_its_number_is_not_used_again()
    {
        var state = NoteEditing.Edit(Drafted(), Edit(new SentenceChange(2, null)), 1, Person(), Now);
        state = NoteEditing.Edit(state, Edit(new SentenceChange(null, "New.", NoteSection.Subjective)), 2, Person(), Now);
        Assert.Equal([1, 3], state.Versions[2].Sentences.Select(s => s.Number));
    }

    [Fact]
    public void Given_another_version_no_note_or_a_program_When_edited_Then_each_is_refused()
    {
        var edit = Edit(new SentenceChange(1, "x"));
        Assert.Equal(ErrorCode.VersionMismatch, Assert.Throws<DomainException>(() => NoteEditing.Edit(Drafted(), edit, 2, Person(), Now)).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<DomainException>(() => NoteEditing.Edit(Spoken(), edit, 0, Person(), Now)).Code);
        Assert.Equal(ErrorCode.Forbidden, Assert.Throws<DomainException>(() => NoteEditing.Edit(Drafted(), edit, 1, Program, Now)).Code);
    }

    [Fact]
    public void Given_the_most_sentences_When_one_more_is_added_Then_it_is_refused()
    {
        var sentences = Enumerable.Range(1, NoteEditing.MaxSentences).Select(i => Sentence($"S{i}.", 1)).ToArray();
        var refusal = Assert.Throws<DomainException>(
            () => NoteEditing.Edit(Drafted(sentences), Edit(new SentenceChange(null, "x", NoteSection.Subjective)), 1, Person(), Now));
        Assert.Equal("/changes", refusal.Pointer);
    }
}
