using JamEmr.Scribe.Conversations;

namespace JamEmr.Tests.Unit.Scribe;

public sealed class VisitFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jamemr-visit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Given_either_file_of_a_pair_When_read_Then_both_are()
    {
        var doctor = Write("v_doctor.TextGrid", Texts.TextGrid((0, 1, "Hi.")));
        var patient = Write("v_patient.TextGrid", Texts.TextGrid((1, 2, "Hello.")));

        var one = VisitFile.Read(doctor);
        var other = VisitFile.Read(patient);

        Assert.Equal("v", one.Id);
        Assert.Equal(["Hi.", "Hello."], one.Turns.Select(t => t.Text));
        Assert.Equal(one.Turns, other.Turns);
    }

    [Fact]
    public void Given_each_kind_of_file_When_read_Then_its_content_decides()
    {
        Assert.Equal(4, VisitFile.Read(Write("visit", Texts.Transcript)).Turns.Count);
        Assert.Equal(4, Assert.Single(VisitFile.ReadAll(Write("visit.txt", Texts.Transcript))).Turns.Count);
        var table = Write("t.csv", Texts.Table);
        Assert.Equal("A2", VisitFile.Read(table + "#2").Id);
        Assert.Equal(2, VisitFile.ReadAll(table).Count);
        Assert.Equal(4, VisitFile.Read(Write("a#b.txt", Texts.Transcript)).Turns.Count);
    }

    [Fact]
    public void Given_what_cannot_be_read_When_read_Then_one_line_says_what_to_do()
    {
        Assert.Equal("none.txt: no such file. Check the path.", Message(Path.Combine(folder, "none.txt")));
        Assert.Equal("none.txt: no such file. Check the path.", Message(Path.Combine(folder, "no", "none.txt")));
        Assert.Equal("t.csv: a table of 2 visits. Name one as t.csv#1, or by its id.", Message(Write("t.csv", Texts.Table)));
        Assert.Equal("a.wav: sound, and this reads text. Give its transcript.", Message(Write("a.wav", "RIFF")));
        Assert.Equal("v_doctor.TextGrid: the other speaker's file v_patient.TextGrid is not beside it. Put both files in one folder.",
            Message(Write("v_doctor.TextGrid", Texts.TextGrid((0, 1, "Hi.")))));
        Assert.Equal("v.TextGrid: its name does not say whose words it holds. Name the pair x_doctor.TextGrid and x_patient.TextGrid.",
            Message(Write("v.TextGrid", Texts.TextGrid((0, 1, "Hi.")))));
        Assert.Contains("cannot be opened", Message(folder), StringComparison.Ordinal);
    }

    private static string Message(string path) => Assert.Throws<VisitFormatException>(() => VisitFile.Read(path)).Message;

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
