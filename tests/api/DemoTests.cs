using System.Text.Json;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Api;

/// <summary>The main job as a person runs it: the command, on fresh folders, with the sample visit and with real conversations.</summary>
public sealed class DemoTests
{
    public static TheoryData<string> Visits => [
        "aci-bench/valid.csv#1",
        "osce/transcripts",
        "primock57/transcripts/day1_consultation01_doctor.TextGrid",
        "primock57/transcripts/day1_consultation02_patient.TextGrid",
    ];

    [Fact]
    public async Task Given_the_sample_visit_When_demonstrated_Then_a_signed_note_with_sources_and_two_refusals_on_the_log() =>
        Check(await ServerProcess.RunToEndAsync("demo", "--speed", "100000", "--exit", "--json"));

    [Theory]
    [MemberData(nameof(Visits))]
    public async Task Given_a_real_conversation_When_demonstrated_Then_the_same(string visit)
    {
        var data = SharedData.Folder;
        Assert.SkipWhen(data is null, "The real conversations (shared/data) are not beside this checkout.");
        var path = Path.Combine(data!, visit);
        if (Directory.Exists(path)) path = Directory.EnumerateFiles(path, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        Check(await ServerProcess.RunToEndAsync("demo", "--visit", path, "--speed", "100000", "--exit", "--json"));
    }

    [Theory]
    [InlineData("--visit", "no-such-file.txt")]
    [InlineData("--speed", "0")]
    [InlineData("--speed", "NaN")]
    [InlineData("--data", ".")]
    public async Task Given_an_argument_that_cannot_be_When_demonstrated_Then_one_line_says_what_to_do(string option, string value)
    {
        var (exit, _, error) = await ServerProcess.RunToEndAsync("demo", option, value, "--exit");
        Assert.Equal(1, exit);
        Assert.Single(error.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static void Check((int Exit, string Output, string Error) run)
    {
        Assert.True(run.Exit == 0, run.Error + run.Output);
        using var json = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]);
        var root = json.RootElement;
        var turns = root.GetProperty("turns").GetInt32();
        var sentences = root.GetProperty("sentences").EnumerateArray().ToList();
        Assert.NotEmpty(sentences);
        Assert.All(sentences, s =>
        {
            Assert.NotEmpty(s.GetProperty("turns").EnumerateArray());
            Assert.All(s.GetProperty("turns").EnumerateArray(), t => Assert.InRange(t.GetInt32(), 1, turns));
        });
        Assert.Single(sentences, s => s.GetProperty("origin").GetString() == "person");
        Assert.Equal(64, root.GetProperty("note").GetProperty("signature").GetProperty("historyHash").GetString()!.Length);
        Assert.Single(root.GetProperty("note").GetProperty("addenda").EnumerateArray());
        Assert.Equal([403, 401], root.GetProperty("refusals").EnumerateArray().Select(r => r.GetProperty("status").GetInt32()));
        var events = root.GetProperty("audit").GetProperty("byEvent");
        Assert.Equal(turns, events.GetProperty("transcript.appended").GetInt32());
        foreach (var code in new[] { "note.drafted", "note.edited", "note.signed", "note.addended", "access.refused", "token.refused", "encounter.consent-recorded" })
            Assert.Equal(1, events.GetProperty(code).GetInt32());
    }
}
