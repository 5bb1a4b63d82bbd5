using System.Security.Cryptography;
using System.Text;
using JamEmr.Encounters;
using JamEmr.Errors;
using static JamEmr.Tests.Grains.Encounters.Visit;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class NoteRulesTests
{
    [Fact]
    public void Given_a_note_When_hashed_Then_anyone_can_compute_the_same_from_the_documented_form()
    {
        var state = NoteEditing.Edit(Drafted(), Edit(new SentenceChange(2, "No fever, no chills.")), 1, Person(), Now);
        var first = "1\tsubjective\t1\tmodel\ttrue\tHeadache for two days.\n2\tsubjective\t2\tmodel\ttrue\tNo fever.\n";
        var second = "1\tsubjective\t1\tmodel\ttrue\tHeadache for two days.\n2\tsubjective\t2\tperson\ttrue\tNo fever, no chills.\n";
        var firstHash = SHA256.HashData(Encoding.UTF8.GetBytes(first));
        var secondHash = SHA256.HashData(Encoding.UTF8.GetBytes(second));
        var (model, person, at) = (state.Versions[0].Info.Author, Person().ActorId, Now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", System.Globalization.CultureInfo.InvariantCulture));
        var beginning = Hex($"jamemr-note-1\n{state.Record.Id}\n{state.Record.Patient}\n");
        var history = Hex($"jamemr-note-version-1\n{beginning}\n1\n{Convert.ToHexStringLower(firstHash)}\nmodel {model.ModelHash} {model.ModelId}\n{at}\n");
        Assert.Equal(Convert.ToHexStringLower(firstHash), state.Versions[0].Info.TextHash);
        Assert.Equal(history, state.Versions[0].Info.HistoryHash);
        Assert.Equal(Convert.ToHexStringLower(secondHash), state.Versions[1].Info.TextHash);
        Assert.Equal(
            Hex($"jamemr-note-version-1\n{history}\n2\n{Convert.ToHexStringLower(secondHash)}\nperson {person}\n{at}\n"), state.Versions[1].Info.HistoryHash);

        static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("encounter")]
    [InlineData("patient")]
    [InlineData("author")]
    [InlineData("model")]
    [InlineData("time")]
    [InlineData("version")]
    [InlineData("text")]
    [InlineData("before")]
    public void Given_any_part_of_the_history_When_changed_Then_what_a_signature_seals_changes(string part)
    {
        var (encounter, patient) = (Guid.AllBitsSet, Guid.Empty);
        var before = NoteText.Beginning(encounter, patient);
        var author = new NoteAuthor(null, "model", "hash");
        var (text, other) = (new string('a', 64), new string('b', 64));
        var sealedBy = NoteText.HistoryHash(before, 1, text, author, Now);
        Assert.NotEqual(sealedBy, part switch
        {
            "encounter" => NoteText.HistoryHash(NoteText.Beginning(Guid.Empty, patient), 1, text, author, Now),
            "patient" => NoteText.HistoryHash(NoteText.Beginning(encounter, Guid.AllBitsSet), 1, text, author, Now),
            "author" => NoteText.HistoryHash(before, 1, text, new NoteAuthor(patient, null, null), Now),
            "model" => NoteText.HistoryHash(before, 1, text, author with { ModelHash = "other" }, Now),
            "time" => NoteText.HistoryHash(before, 1, text, author, Now.AddTicks(1)),
            "version" => NoteText.HistoryHash(before, 2, text, author, Now),
            "text" => NoteText.HistoryHash(before, 1, other, author, Now),
            _ => NoteText.HistoryHash(other, 1, text, author, Now),
        });
        Assert.Throws<ArgumentException>(() => NoteText.HistoryHash(before, 1, text, author with { ModelId = "two\nlines" }, Now));
        Assert.Throws<ArgumentException>(() => NoteText.HistoryHash(before, 1, text, new NoteAuthor(null, null, null), Now));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("turns")]
    [InlineData("origin")]
    [InlineData("supported")]
    [InlineData("section")]
    [InlineData("number")]
    public void Given_any_part_of_a_sentence_When_changed_Then_the_hash_changes(string part)
    {
        var sentence = Sentence("Headache.", 1) with { Number = 1 };
        var other = part switch
        {
            "text" => sentence with { Text = "Headache" },
            "turns" => sentence with { Turns = [1, 2] },
            "origin" => sentence with { Origin = SentenceOrigin.Person },
            "supported" => sentence with { Supported = false },
            "section" => sentence with { Section = NoteSection.ObjectiveExam },
            _ => sentence with { Number = 2 },
        };
        Assert.NotEqual(NoteText.TextHash([sentence]), NoteText.TextHash([other]));
    }

    [Fact]
    public void Given_a_draft_When_drafted_again_Then_a_new_version_keeps_the_numbers_of_what_stayed()
    {
        var state = NoteRules.Draft(Drafted(), Draft(Sentence("No fever.", 2), Sentence("Nausea.", 3)), Now);
        Assert.Equal([2, 3], state.Versions[1].Sentences.Select(s => s.Number));
        Assert.Equal([3], state.Versions[1].Info.Added);
        Assert.Equal([1], state.Versions[1].Info.Removed);
        Assert.Empty(state.Versions[1].Info.Changed);
        Assert.Equal(EncounterStatus.Drafted, state.Record.Status);
    }

    [Fact]
    public void Given_a_draft_in_no_order_When_kept_Then_sentences_stand_by_section()
    {
        var state = Drafted(Sentence("Rest.", 3, NoteSection.AssessmentAndPlan), Sentence("Headache.", 1));
        Assert.Equal(["Headache.", "Rest."], state.Versions[0].Sentences.Select(s => s.Text));
    }

    [Fact]
    public void Given_states_in_which_drafting_is_wrong_When_asked_Then_each_is_refused_with_its_reason()
    {
        Assert.Equal(ErrorCode.ConsentRequired, Refused(() => NoteRules.Draftable(Opened())));
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Draftable(Consented())));
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Draftable(Edited())));
        Assert.Equal(ErrorCode.AlreadySigned, Refused(() => NoteRules.Draftable(Signed())));
        NoteRules.Draftable(Drafted());
    }

    [Fact]
    public void Given_somebody_else_When_they_sign_Then_it_is_forbidden_whatever_else_is_wrong()
    {
        Assert.Equal(ErrorCode.Forbidden, Refused(() => NoteRules.Sign(Drafted(), Person(Guid.Empty, Now), 1, Now)));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => NoteRules.Sign(Drafted(), Program, 1, Now)));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => NoteRules.Sign(Opened(), Person(Guid.Empty, Now), 9, Now)));
    }

    [Fact]
    public void Given_unsupported_sentences_When_signed_Then_their_numbers_are_named_and_not_their_words()
    {
        var state = Drafted(Sentence("Headache.", 1), Sentence("Secret words.", 2, supported: false), Sentence("More words.", 3, supported: false));
        var refusal = Assert.Throws<DomainException>(() => NoteRules.Sign(state, Fresh, 1, Now));
        Assert.Equal(ErrorCode.UnsupportedSentences, refusal.Code);
        Assert.Contains("2, 3", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("words", refusal.Message, StringComparison.Ordinal);

        var edited = NoteEditing.Edit(state, Edit(new SentenceChange(2, "Rewritten."), new SentenceChange(3, null)), 1, Person(), Now);
        Assert.Equal(EncounterStatus.Signed, NoteRules.Sign(edited, Fresh, 2, Now)!.Record.Status);
    }

    [Fact]
    public void Given_no_note_an_empty_note_or_another_version_When_signed_Then_each_is_refused()
    {
        Assert.Equal(ErrorCode.NotFound, Refused(() => NoteRules.Sign(Spoken(), Fresh, 1, Now)));
        Assert.Equal(ErrorCode.VersionMismatch, Refused(() => NoteRules.Sign(Drafted(), Fresh, 2, Now)));
        var emptied = NoteEditing.Edit(Drafted(), Edit(new SentenceChange(1, null), new SentenceChange(2, null)), 1, Person(), Now);
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Sign(emptied, Fresh, 2, Now)));
    }

    [Fact]
    public void Given_a_signed_note_When_signed_again_Then_the_same_version_is_the_same_answer_and_another_is_refused()
    {
        Assert.Null(NoteRules.Sign(Signed(), Person(), 1, Now.AddHours(1)));
        Assert.Equal(ErrorCode.AlreadySigned, Refused(() => NoteRules.Sign(Signed(), Fresh, 2, Now)));
        Assert.Equal(ErrorCode.AlreadySigned, Refused(() => NoteEditing.Edit(Signed(), Edit(new SentenceChange(1, "x")), 1, Person(), Now)));
        Assert.Equal(Signed().Versions[0].Info.HistoryHash, Signed().Signature!.HistoryHash);
    }

    [Fact]
    public void Given_an_addendum_When_added_Then_only_after_signature_by_a_person_and_once()
    {
        var addendum = new AddAddendum("Called the patient.\nBetter.");
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Addend(Drafted(), Id, addendum, Person(), Now)));
        Assert.Equal(ErrorCode.Forbidden, Refused(() => NoteRules.Addend(Signed(), Id, addendum, Program, Now)));
        Assert.Equal(ErrorCode.InvalidRequest, Refused(() => NoteRules.Addend(Signed(), Id, new AddAddendum(" "), Person(), Now)));
        Assert.Equal(ErrorCode.InvalidRequest, Refused(() => NoteRules.Addend(Signed(), Id, new AddAddendum(new string('x', 4001)), Person(), Now)));
        var state = NoteRules.Addend(Signed(), Id, addendum, Person(), Now)!;
        Assert.Equal(EncounterStatus.Addended, state.Record.Status);
        Assert.Null(NoteRules.Addend(state, Id, addendum, Person(), Now));
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Addend(state, Id, new AddAddendum("Other"), Person(), Now)));
        Assert.Equal(ErrorCode.Conflict, Refused(() => NoteRules.Addend(state, Id, addendum, Person(Guid.Empty), Now)));
    }

    [Fact]
    public void Given_versions_When_shown_Then_signature_and_addenda_stand_with_the_version_signed()
    {
        var state = NoteRules.Sign(Edited(), Fresh, 2, Now)!;
        state = NoteRules.Addend(state, Id, new AddAddendum("More."), Person(), Now)!;
        Assert.Null(NoteRules.Show(state, NoteRules.Version(state, 1)).Signature);
        Assert.Empty(NoteRules.Show(state, NoteRules.Version(state, 1)).Addenda);
        Assert.NotNull(NoteRules.Show(state, NoteRules.Version(state, 2)).Signature);
        Assert.Single(NoteRules.Show(state, NoteRules.Version(state, 2)).Addenda);
        Assert.Equal(ErrorCode.NotFound, Refused(() => NoteRules.Version(state, 3)));
        Assert.Equal(ErrorCode.NotFound, Refused(() => NoteRules.Version(state, 0)));
    }

    private static JamEmr.Access.Caller Fresh => Person(reauthenticated: Now.AddMinutes(-1));

    private static EncounterState Edited() => NoteEditing.Edit(Drafted(), Edit(new SentenceChange(1, "Headache for a week.")), 1, Person(), Now);

    private static EncounterState Signed() => NoteRules.Sign(Drafted(), Fresh, 1, Now)!;

    private static ErrorCode Refused(Action act) => Assert.Throws<DomainException>(act).Code;
}
