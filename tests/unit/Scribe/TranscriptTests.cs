using System.Text;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Tests.Unit.Scribe;

public class TranscriptTests
{
    [Fact]
    public void Given_marked_lines_When_read_Then_turns_are_numbered_and_timed()
    {
        var visit = TranscriptReader.Read("ankle.txt", Texts.Bytes(Texts.Transcript));

        Assert.Equal("ankle", visit.Id);
        Assert.True(visit.TimesAreEstimated);
        Assert.Equal([1, 2, 3, 4], visit.Turns.Select(t => t.Number));
        Assert.Equal([Speaker.Clinician, Speaker.Patient, Speaker.Clinician, Speaker.Patient], visit.Turns.Select(t => t.Speaker));
        Assert.Equal("My left ankle. I twisted it on Sunday.", visit.Turns[1].Text);
        // Four words at 2.5 a second, then the pause.
        Assert.Equal(TimeSpan.FromSeconds(1.6), visit.Turns[0].End);
        Assert.Equal(TimeSpan.FromSeconds(1.9), visit.Turns[1].Start);
        Assert.Equal(visit.Turns[3].End, visit.Duration);
        Assert.Null(visit.Turn(5));
    }

    [Theory]
    [InlineData("D; How are you?", Speaker.Clinician, "How are you?")]
    [InlineData("P:: Fine.", Speaker.Patient, "Fine.")]
    [InlineData("P Fine.", Speaker.Patient, "Fine.")]
    [InlineData("DL OK, and then?", Speaker.Clinician, "OK, and then?")]
    [InlineData("D\" OK.", Speaker.Clinician, "OK.")]
    [InlineData("P : Here.", Speaker.Patient, "Here.")]
    [InlineData("p: No.", Speaker.Patient, "No.")]
    [InlineData("Doctor: Hello.", Speaker.Clinician, "Hello.")]
    [InlineData("[patient] hello .", Speaker.Patient, "hello .")]
    [InlineData("[patient_guest] hello .", Speaker.Other, "hello .")]
    [InlineData("Guest_family: Hello.", Speaker.Other, "Hello.")]
    [InlineData("   P:\tSpaces   and\ttabs. ", Speaker.Patient, "Spaces and tabs.")]
    public void Given_a_typists_slip_or_another_label_When_read_Then_the_speaker_is_known(string line, Speaker speaker, string text)
    {
        var turn = Assert.Single(TranscriptReader.Read("x.txt", Texts.Bytes(line)).Turns);

        Assert.Equal((speaker, text), (turn.Speaker, turn.Text));
    }

    [Fact]
    public void Given_a_line_without_speaker_When_read_Then_it_goes_on_with_the_turn_above()
    {
        var visit = TranscriptReader.Read("x.txt", "D: It is\r\nlow on the list.\r\rP: Good."u8);

        Assert.Equal(["It is low on the list.", "Good."], visit.Turns.Select(t => t.Text));
    }

    [Fact]
    public void Given_a_turn_in_which_nothing_is_said_When_read_Then_it_is_left_out_and_the_source_number_shows_it()
    {
        var visit = TranscriptReader.Read("x.txt", "D: One.\nP:\nD: Two."u8);

        Assert.Equal([(1, 1), (2, 3)], visit.Turns.Select(t => (t.Number, t.SourceNumber)));
    }

    [Fact]
    public void Given_times_When_read_Then_they_are_kept()
    {
        var visit = TranscriptReader.Read("x.txt", "[00:01.5-00:03] D: One.\n[1:02:03-1:02:04.25] P: Two."u8);

        Assert.False(visit.TimesAreEstimated);
        Assert.Equal(TimeSpan.FromSeconds(1.5), visit.Turns[0].Start);
        Assert.Equal(new TimeSpan(0, 1, 2, 4, 250), visit.Turns[1].End);
    }

    [Fact]
    public void Given_UTF_16_with_a_mark_or_UTF_8_with_one_When_read_Then_they_are_read_alike()
    {
        var utf16 = TranscriptReader.Read("x.txt", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("P: It’s 39.")]);
        var utf8 = TranscriptReader.Read("x.txt", [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes("P: It’s 39.")]);

        Assert.Equal("It’s 39.", utf16.Turns[0].Text);
        Assert.Equal(utf16.Turns[0], utf8.Turns[0]);
    }

    [Theory]
    [InlineData("", "x.txt: no spoken turn in it. Start each turn with D: or P:.")]
    [InlineData("D:\nP:", "x.txt: no spoken turn in it. Start each turn with D: or P:.")]
    [InlineData("Hello there\nD: Hi", "x.txt, line 1: no speaker at the start of this line. Start each turn with D: or P:.")]
    [InlineData("D: Hi\nP: a\u0001b", "x.txt, line 2: control character U+0001. Save the file as plain text.")]
    [InlineData("[00:05-00:04] D: Hi", "x.txt, line 1: this turn ends before it begins. Correct its times.")]
    [InlineData("[00:05-00:06] D: Hi\n[00:01-00:02] P: Hi", "x.txt, line 2: this turn begins before the one above it. Put the turns in order of time.")]
    [InlineData("[00:05-00:06] D: Hi\nP: Hi", "x.txt, line 2: this turn has no time and others have. Give every turn its time, or none.")]
    [InlineData("[1.2.3-4] D: Hi", "x.txt, line 1: a time that is no time. Write it as minutes:seconds, [01:05.5-01:09].")]
    [InlineData("[99:00:00-99:00:01] D: Hi", "x.txt, line 1: a time beyond 24 hours. Times count from the start of the visit.")]
    public void Given_a_broken_transcript_When_read_Then_one_line_says_where_and_what_to_do(string text, string message)
    {
        var e = Assert.Throws<VisitFormatException>(() => TranscriptReader.Read("x.txt", Texts.Bytes(text)));

        Assert.Equal(message, e.Message);
    }

    [Fact]
    public void Given_bytes_that_are_no_text_When_read_Then_their_place_is_told()
    {
        var e = Assert.Throws<VisitFormatException>(() => TranscriptReader.Read("x.txt", [.. "D: "u8, 0xC3, 0x28]));

        Assert.Equal("byte 3", e.Place);
    }

    [Fact]
    public void Given_too_long_a_turn_or_too_many_When_read_Then_it_is_refused()
    {
        Assert.Contains("a turn of more than", Assert.Throws<VisitFormatException>(() =>
            TranscriptReader.Read("x.txt", Texts.Bytes("D: " + new string('a', 20_001)))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 10000 turns", Assert.Throws<VisitFormatException>(() =>
            TranscriptReader.Read("x.txt", Texts.Bytes(string.Concat(Enumerable.Repeat("D: a\n", 10_001))))).Message, StringComparison.Ordinal);
    }
}
