using System.Globalization;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;
using JamEmr.Scribe.Samples;

namespace JamEmr.Tests.Unit.Scribe;

public class DrafterTests
{
    private static readonly ExtractiveDrafter Drafter = new();

    [Fact]
    public async Task Given_a_small_visit_When_drafted_Then_each_sentence_stands_in_its_section_with_its_turns()
    {
        var visit = Texts.Visit(
            "D: Hello, what brings you in?",
            "P: Um, I've had a cough and a sore throat for four days.",
            "D: Okay. Any fever or chills?",
            "P: No.",
            "D: Any shortness of breath?",
            "P: Yes.",
            "D: How long have you smoked?",
            "P: About ten years.",
            "D: Are you taking any medications?",
            "P: I take lisinopril, 20 milligrams once a day. My mother gives me honey.",
            "D: Let me examine you. Your throat is red, and your lungs are clear with no wheezing.",
            "P: Okay.",
            "D: The rapid strep test came back negative.",
            "P: Good.",
            "D: I think this is a viral infection. You don't need antibiotics. Take ibuprofen, 400 milligrams every six hours, and come back in one week if it is not better.",
            "P: Thanks, bye.");

        var note = await Draft(visit);

        Assert.Equal(
            """
            SUBJECTIVE
            The patient has had a cough and a sore throat for four days. [2]
            Denies any fever or chills. [3, 4]
            Reports shortness of breath. [5, 6]
            How long have you smoked: About ten years. [7, 8]
            The patient takes lisinopril, 20 milligrams once a day. [10]

            PHYSICAL EXAM
            The throat is red, and the lungs are clear with no wheezing. [11]

            RESULTS
            The rapid strep test came back negative. [13]

            ASSESSMENT AND PLAN
            I think this is a viral infection. [15]
            The patient does not need antibiotics. [15]
            Take ibuprofen, 400 milligrams every six hours, and come back in one week if it is not better. [15]

            """, Cited(note));
    }

    [Theory]
    [InlineData("D: Do you have chest pain?", "P: Not really.", "Answers \"Not really\" to \"Do you have chest pain\".")]
    [InlineData("D: Any chest pain or dizziness?", "P: Yes.", "Answers yes to \"Any chest pain or dizziness\".")]
    [InlineData("D: You don't have chest pain?", "P: No.", "Answers no to \"You don't have chest pain\".")]
    [InlineData("D: Are you taking any aspirin?", "P: No.", "Denies any aspirin.")]
    [InlineData("D: Did you hear a pop in your knee?", "P: No.", "The patient did not hear a pop in the knee.")]
    [InlineData("D: Have you noticed any swelling in your legs?", "P: No, I have not.", "Denies any swelling in the legs.")]
    [InlineData("D: Do you smoke cigarettes?", "P: No, never.", "The patient does not smoke cigarettes.")]
    [InlineData("D: Where is the pain?", "P: In the left shoulder.", "Where is the pain: In the left shoulder.")]
    public async Task Given_a_question_and_its_answer_When_drafted_Then_they_are_joined_only_as_far_as_is_safe(string question, string answer, string expected)
    {
        var note = await Draft(Texts.Visit(question, answer));

        var sentence = Assert.Single(note.Sentences);
        Assert.Equal(expected, sentence.Text);
        Assert.Equal([1, 2], sentence.Turns);
    }

    [Theory]
    [InlineData("P: I've never had any back pain before this.", "The patient has never had any back pain before this.")]
    [InlineData("P: My wife says I snore and I kick my legs.", "Patient: \"My wife says I snore and I kick my legs.\"")]
    [InlineData("P: I can't lift my right arm above the shoulder.", "The patient cannot lift the right arm above the shoulder.")]
    [InlineData("P: I'd taken two tablets of ibuprofen.", "Patient: \"I'd taken two tablets of ibuprofen.\"")]
    [InlineData("P: My father had a stroke at sixty.", "The patient's father had a stroke at sixty.")]
    public async Task Given_the_patients_words_When_drafted_Then_the_person_is_shifted_or_the_words_are_quoted(string line, string expected) =>
        Assert.Equal(expected, Assert.Single((await Draft(Texts.Visit(line))).Sentences).Text);

    [Fact]
    public async Task Given_a_clause_that_could_not_be_heard_whole_When_drafted_Then_it_is_left_out()
    {
        var note = await Draft(Texts.Visit($"P: I have {Conversation.Inaudible} chest pain. I have a headache.", "D: Any fever?", $"P: {Conversation.Inaudible} no."));

        Assert.Equal("The patient has a headache.", Assert.Single(note.Sentences).Text);
    }

    [Fact]
    public async Task Given_small_talk_only_When_drafted_Then_the_note_is_empty()
    {
        var note = await Draft(Texts.Visit("D: Hi there, nice to see you.", "P: Hi. Lovely to see you too."));

        Assert.Empty(note.Sentences);
        Assert.Equal("", note.ToText());
    }

    [Fact]
    public async Task Given_a_batch_When_drafted_Then_notes_come_in_order_and_are_the_same_alone()
    {
        var visits = new[] { SampleVisit.Read(), Texts.Visit("P: I have a headache.") };

        var notes = await Drafter.DraftAsync(visits, TestContext.Current.CancellationToken);

        Assert.Equal(visits.Select(v => v.Id), notes.Select(n => n.ConversationId));
        Assert.Equal((await Draft(visits[0])).ToText(), notes[0].ToText());
        Assert.Empty(await Drafter.DraftAsync([], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_a_cancelled_token_When_drafted_Then_it_is_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Drafter.DraftAsync([SampleVisit.Read()], new CancellationToken(canceled: true)));

    [Fact]
    public void Given_the_drafter_When_asked_what_it_is_Then_the_hash_is_of_its_rules()
    {
        Assert.Equal("extractive-1", Drafter.ModelId);
        Assert.Matches("^[0-9a-f]{64}$", Drafter.ModelHash);
        Assert.Equal(new ExtractiveDrafter().ModelHash, Drafter.ModelHash);
    }

    [Fact]
    public async Task Given_the_sample_visit_When_drafted_Then_every_section_has_its_facts()
    {
        var visit = SampleVisit.Read();
        var note = await Draft(visit);

        Assert.InRange(visit.Turns.Count, 65, 85);
        Assert.InRange(visit.Duration.TotalMinutes, 9, 11);
        Assert.False(visit.TimesAreEstimated);
        var text = Cited(note);
        Assert.Contains("Denies any black stools or blood in the stools. [21, 22]", text, StringComparison.Ordinal);
        Assert.Contains("one thirty eight over eighty four", text, StringComparison.Ordinal);
        Assert.Contains("The hemoglobin is twelve point one", text, StringComparison.Ordinal);
        Assert.Contains("omeprazole, twenty milligrams once a day", text, StringComparison.Ordinal);
        Assert.All(NoteSections.All, section => Assert.NotEmpty(note.Of(section)));
        DraftChecks.AssertFaithful(visit, note);
    }

    private static async Task<DraftedNote> Draft(Conversation visit) =>
        Assert.Single(await Drafter.DraftAsync([visit], TestContext.Current.CancellationToken));

    private static string Cited(DraftedNote note) => string.Join('\n', NoteSections.All.Where(section => note.Of(section).Any()).Select(section =>
        NoteSections.Heading(section) + "\n" + string.Concat(note.Of(section).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Text} [{string.Join(", ", s.Turns)}]\n")))));
}
