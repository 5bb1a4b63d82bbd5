using JamEmr.Scribe.Audio;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Samples;

namespace JamEmr.Tests.Unit.Scribe;

/// <summary>Cut or flipped anywhere, a file is read or refused with the one exception, whose message is one line.</summary>
public class ReaderFuzzTests
{
    public static TheoryData<string> Kinds => ["transcript", "timed", "utf16", "table", "textgrid", "wav"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Given_a_file_cut_at_every_byte_When_read_Then_it_is_read_or_refused_in_one_line(string kind)
    {
        var (bytes, read) = Kind(kind);
        for (var length = 0; length <= bytes.Length; length++)
            Try(read, bytes[..length]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Given_random_bytes_changed_When_read_Then_it_is_read_or_refused_in_one_line(string kind)
    {
        var (bytes, read) = Kind(kind);
        var random = new Random(20_260_101);
        for (var round = 0; round < 3_000; round++)
        {
            var changed = bytes.ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Try(read, changed);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Given_bytes_of_no_meaning_When_read_Then_they_are_read_or_refused_in_one_line(string kind)
    {
        var (_, read) = Kind(kind);
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Try(read, bytes);
        }
    }

    private static void Try(Action<byte[]> read, byte[] bytes)
    {
        try
        {
            read(bytes);
        }
        catch (VisitFormatException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Assert.InRange(e.Message.Length, 10, 250);
        }
    }

    private static (byte[] Bytes, Action<byte[]> Read) Kind(string kind)
    {
        var timed = string.Join('\n', SampleVisit.Read().Turns.Take(6).Select(t => $"[{t.Start:mm\\:ss\\.f}-{t.End:mm\\:ss\\.f}] {(t.Speaker == Speaker.Patient ? "P" : "D")}: {t.Text}"));
        var grid = Texts.TextGrid((0, 1, ""), (1, 3.5, "Hello? <UNSURE>How</UNSURE> \"are\" you?"), (3.5, 9, "<UNIN/>"));
        return kind switch
        {
            "transcript" => (Texts.Bytes(Texts.Transcript).ToArray(), b => TranscriptReader.Read("x.txt", b)),
            "timed" => (Texts.Bytes(timed).ToArray(), b => TranscriptReader.Read("x.txt", b)),
            "utf16" => ([0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes(Texts.Transcript)], b => TranscriptReader.Read("x.txt", b)),
            "table" => (Texts.Bytes(Texts.Table).ToArray(), b => DialogueTableReader.ReadAll("x.csv", b)),
            "textgrid" => (Texts.Bytes(grid).ToArray(), b => TextGridReader.Read("v", "v_doctor.TextGrid", b, "v_patient.TextGrid", Texts.Bytes(grid))),
            "wav" => (WavTests.Wav(0xFFFE, 2, 16_000, 16, new byte[64], extendedTag: 1), b => WavSound.Read("x.wav", b)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
