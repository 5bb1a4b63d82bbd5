using JamEmr.Scribe.Drafting;

namespace JamEmr.Tests.Unit.Scribe;

public class FaithfulnessTests
{
    [Theory]
    [InlineData("The patient has had a cough for 3 days.", "P: I've had a cough for 3 days.")]
    [InlineData("The patient takes 20 milligrams.", "P: I take twenty milligrams.")]
    [InlineData("The patient takes twenty milligrams.", "P: I take 20 milligrams.")]
    [InlineData("Blood pressure 122 over 70.", "D: your blood pressure is one twenty two over seventy")]
    [InlineData("Blood pressure is one hundred and five.", "D: Your blood pressure is 105.")]
    [InlineData("Temperature 98.2.", "D: your temperature is ninety eight . two your pulse is seventy two")]
    [InlineData("Denies chest pain.", "D: Any chest pain?", "P: No.")]
    [InlineData("Reports chest pain.", "D: Any chest pain?", "P: Yes, a bit.")]
    [InlineData("Denies chest pain or fever.", "P: I don't have any chest pain or fever.")]
    [InlineData("No murmur.", "D: there is no murmur")]
    [InlineData("The patient can't bend it.", "P: i ca n't bend it")]
    [InlineData("It hurts.", "P: No, it hurts.")]
    [InlineData("The lungs are clear.", "D: I hear no murmur, your lungs are clear.")]
    public void Given_what_was_said_When_checked_Then_it_is_supported(string sentence, params string[] turns)
    {
        var verdict = FaithfulnessCheck.Check(sentence, Texts.Visit(turns).Turns);

        Assert.True(verdict.Supported, verdict.WhyNot);
        Assert.Null(verdict.WhyNot);
    }

    [Theory]
    [InlineData("The patient takes 40 mg.", "the number \"40\" is not in the cited turns", "P: I take 20 mg.")]
    [InlineData("The patient takes 2 mg.", "the number \"2\" is not in the cited turns", "P: I take 20 mg.")]
    [InlineData("Blood pressure twenty two over seventy.", "the number \"twenty two\" is not in the cited turns", "D: blood pressure is one twenty two over seventy")]
    [InlineData("A five centimeter stone.", "the number \"five\" is not in the cited turns", "D: it does show a . five centimeter stone")]
    [InlineData("Take 5 mg.", "the number \"5\" is not in the cited turns", "D: Take .5 mg.")]
    [InlineData("The right knee hurts.", "the word \"right\" is not in the cited turns", "P: My left knee hurts.")]
    [InlineData("The patient has asthma.", "the word \"asthma\" is not in the cited turns", "P: I have a cough.")]
    [InlineData("Denies a cough.", "the sentence denies something and the cited turns do not", "P: I have a cough.")]
    [InlineData("The patient has a cough.", "\"cough\" is affirmed and the cited turns say otherwise", "P: I don't have a cough.")]
    [InlineData("Denies fever and cough.", "\"cough\" is denied and the cited turns say otherwise", "P: I have a cough but no fever.")]
    [InlineData("Reports chest pain.", "\"chest\" is affirmed and the cited turns say otherwise", "D: Any chest pain?", "P: No.")]
    [InlineData("Denies chest pain.", "the sentence denies something and the cited turns do not", "D: Any chest pain?", "P: Yes.")]
    [InlineData("The patient has chest pain.", "\"chest\" is only asked about in the cited turns", "D: Do you have chest pain?")]
    [InlineData("...", "no words", "P: Yes.")]
    public void Given_what_was_not_said_When_checked_Then_it_says_why(string sentence, string why, params string[] turns)
    {
        var verdict = FaithfulnessCheck.Check(sentence, Texts.Visit(turns).Turns);

        Assert.False(verdict.Supported);
        Assert.Equal(why, verdict.WhyNot);
    }

    [Fact]
    public void Given_no_turns_When_checked_Then_nothing_is_supported() =>
        Assert.Equal("no turn is cited", FaithfulnessCheck.Check("The patient is well.", []).WhyNot);

    [Theory]
    [InlineData("um, I, I have had uh two, two days of d- diarrhea , and and no no fever", "I have had two, two days of diarrhea, and no no fever")]
    [InlineData("i do n't think so . i 'm gon na rest", "i don't think so. i'm going to rest")]
    [InlineData("your temperature is ninety eight . two and one oh five", "your temperature is ninety eight . two and one oh five")]
    [InlineData("no- not really", "no not really")]
    [InlineData("it had had, you know, a lump ... there", "it had had, a lump, there")]
    public void Given_speech_When_cleaned_Then_only_what_writing_has_not_is_gone(string speech, string expected) =>
        Assert.Equal(expected, SpeechText.Clean(speech));

    [Theory]
    [InlineData("one hundred and twenty", 120)]
    [InlineData("twenty five", 25)]
    [InlineData("two thousand sixteen", 2016)]
    [InlineData("twelve point one", 12.1)]
    [InlineData("98.6", 98.6)]
    public void Given_a_spoken_number_When_valued_Then_it_is_what_was_meant(string words, double value) =>
        Assert.Equal((decimal)value, SpokenNumbers.Value([.. words.Split(' ').Where(w => w != "and")]));

    [Fact]
    public void Given_words_that_make_no_number_When_valued_Then_there_is_none() =>
        Assert.Null(SpokenNumbers.Value(["one", "twenty", "two"]));
}
