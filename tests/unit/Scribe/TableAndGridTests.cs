using JamEmr.Scribe.Conversations;

namespace JamEmr.Tests.Unit.Scribe;

public class TableAndGridTests
{
    [Theory]
    [InlineData("2")]
    [InlineData("A2")]
    [InlineData("a2")]
    public void Given_a_table_When_a_row_is_named_by_number_or_id_Then_it_is_read(string row)
    {
        var visit = DialogueTableReader.Read("t.csv", Texts.Bytes(Texts.Table), row);

        Assert.Equal("A2", visit.Id);
        Assert.Equal([Speaker.Clinician, Speaker.Other], visit.Turns.Select(t => t.Speaker));
        Assert.Equal("she said \"hello\" , twice .", visit.Turns[1].Text);
    }

    [Fact]
    public void Given_a_table_When_all_is_read_Then_every_row_is_a_visit() =>
        Assert.Equal(["A1", "A2"], DialogueTableReader.ReadAll("t.csv", Texts.Bytes(Texts.Table)).Select(v => v.Id));

    [Theory]
    [InlineData("", "t.csv: an empty table. Give a csv with the columns encounter_id and dialogue.")]
    [InlineData("encounter_id,dialogue\n", "t.csv: a table without rows. Give a csv with the columns encounter_id and dialogue.")]
    [InlineData("encounter_id,note\nA,b", "t.csv, line 1: no column dialogue. Give a csv with the columns encounter_id and dialogue.")]
    [InlineData("encounter_id,dialogue\nA,\"[doctor] hi", "t.csv, line 2: broken csv: a stray or unclosed quote, or not as many fields as the first line names. Write it again as RFC 4180 csv.")]
    [InlineData("encounter_id,dialogue\nA,b,c", "t.csv, line 2: broken csv: a stray or unclosed quote, or not as many fields as the first line names. Write it again as RFC 4180 csv.")]
    [InlineData("encounter_id,dialogue\nA,[doctor] hi\nB,oh", "t.csv, row 2, line 1: no speaker at the start of this line. Start each turn with D: or P:.")]
    public void Given_a_broken_table_When_read_Then_one_line_says_where_and_what_to_do(string text, string message) =>
        Assert.Equal(message, Assert.Throws<VisitFormatException>(() => DialogueTableReader.ReadAll("t.csv", Texts.Bytes(text))).Message);

    [Theory]
    [InlineData("0")]
    [InlineData("3")]
    [InlineData("-1")]
    [InlineData("A3")]
    [InlineData("99999999999")]
    public void Given_a_row_that_is_not_there_When_read_Then_the_number_of_rows_is_told(string row) =>
        Assert.Equal("t.csv: no such row; it has 2. Name one as t.csv#1, or by its id.",
            Assert.Throws<VisitFormatException>(() => DialogueTableReader.Read("t.csv", Texts.Bytes(Texts.Table), row)).Message);

    [Fact]
    public void Given_two_TextGrids_When_read_Then_turns_are_in_order_of_time_and_marks_are_gone()
    {
        var doctor = Texts.TextGrid((0, 1, ""), (1, 3.5, "Hello? <UNSURE>How are</UNSURE> you?"), (3.5, 9, "<UNIN/>"), (9, 11, "And the \"knee\"?"));
        var patient = Texts.TextGrid((0, 3, ""), (3, 8, "Not well. <INAUDIBLE_SPEECH/> my knee <UNIN/>."), (8, 60, ""));

        var visit = TextGridReader.Read("v", "v_doctor.TextGrid", Texts.Bytes(doctor), "v_patient.TextGrid", Texts.Bytes(patient));

        Assert.Equal(
            [(1, Speaker.Clinician, 1.0, "Hello? How are you?"), (2, Speaker.Patient, 3.0, "Not well. [inaudible] my knee [inaudible]."), (3, Speaker.Clinician, 9.0, "And the \"knee\"?")],
            visit.Turns.Select(t => (t.Number, t.Speaker, t.Start.TotalSeconds, t.Text)));
        Assert.False(visit.TimesAreEstimated);
    }

    [Fact]
    public void Given_Praats_short_form_When_read_Then_it_is_read_too()
    {
        var text = "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n5\n<exists>\n1\n\"IntervalTier\"\n\"Doctor\"\n0\n5\n1\n0\n5\n\"Hi.\"\n";

        Assert.Equal("Hi.", TextGridReader.Read("v", "a", Texts.Bytes(text), "b", Texts.Bytes(text)).Turns[0].Text);
    }

    [Theory]
    [InlineData("<UNSURE>left</UNSURE> knee", "left knee")]
    [InlineData("no <UNSURE>pain", "no pain")]
    [InlineData("no pain</UNSURE>", "no pain")]
    [InlineData("no pain <UNIN", "no pain [inaudible]")]
    [InlineData("<INAUDIBLE_SPEECH/>", "")]
    [InlineData("<UNIN/>.", "")]
    [InlineData("yes <UNIN/>.", "yes [inaudible].")]
    public void Given_unfinished_marks_When_cleaned_Then_the_words_stay(string text, string expected) => Assert.Equal(expected, TextGridReader.Clean(text));

    [Theory]
    [InlineData("File type = \"ooTextFile\"\nObject class = \"Pitch\"", "line 2: not a Praat TextGrid")]
    [InlineData("hello", "line 1: the file ends too early")]
    [InlineData("File type = \"ooTextFile", "line 1: a quote is never closed")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <absent>", "<exists> is missing here")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 2", "more than one tier, or none")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 1 \"TextTier\"", "its tier is no interval tier")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 1 \"IntervalTier\" \"D\" 0 5 1e9", "a count that cannot be right")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 1 \"IntervalTier\" \"D\" 0 5 1 3 2 \"a\"", "ends before it begins")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 1 \"IntervalTier\" \"D\" 0 5 1 0 -2 \"a\"", "a number of seconds is missing here or is below zero")]
    [InlineData("\"ooTextFile\" \"TextGrid\" 0 5 <exists> 1 \"IntervalTier\" \"D\" 0 5 1 0 1e300 \"a\"", "a time beyond 24 hours")]
    public void Given_a_broken_TextGrid_When_read_Then_one_line_says_where(string text, string part)
    {
        var good = Texts.TextGrid((0, 1, "Hi."));

        var e = Assert.Throws<VisitFormatException>(() => TextGridReader.Read("v", "v_doctor.TextGrid", Texts.Bytes(text), "v_patient.TextGrid", Texts.Bytes(good)));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("v_doctor.TextGrid, line ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
