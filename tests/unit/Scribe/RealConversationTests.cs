using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;

namespace JamEmr.Tests.Unit.Scribe;

/// <summary>Every real conversation parses and drafts to sentences that its own turns bear.</summary>
public class RealConversationTests
{
    private static readonly ExtractiveDrafter Drafter = new();

    [Fact]
    public async Task Given_all_simulated_interviews_When_drafted_Then_every_sentence_is_faithful()
    {
        var files = Directory.GetFiles(Path.Combine(SharedData.Folder("osce"), "transcripts"), "*.txt");
        Assert.NotEmpty(files);

        await DraftAll([.. files.Order(StringComparer.Ordinal).Select(VisitFile.Read)], leastTurns: 20);
    }

    [Theory]
    [InlineData("train.csv", 67)]
    [InlineData("valid.csv", 20)]
    public async Task Given_a_table_of_dialogues_When_drafted_Then_every_sentence_is_faithful(string table, int rows)
    {
        var path = Path.Combine(SharedData.Folder("aci-bench"), table);
        var visits = VisitFile.ReadAll(path);
        Assert.Equal(rows, visits.Count);
        Assert.Equal(visits[2].Turns, VisitFile.Read(path + "#3").Turns);

        await DraftAll(visits, leastTurns: 4);
    }

    [Fact]
    public async Task Given_all_consultations_with_times_When_drafted_Then_every_sentence_is_faithful()
    {
        var files = Directory.GetFiles(Path.Combine(SharedData.Folder("primock57"), "transcripts"), "*_doctor.TextGrid");
        Assert.NotEmpty(files);
        var visits = files.Order(StringComparer.Ordinal).Select(VisitFile.Read).ToList();
        Assert.All(visits, visit =>
        {
            Assert.False(visit.TimesAreEstimated);
            Assert.Equal(visit.Turns.Select(t => t.Start).Order(), visit.Turns.Select(t => t.Start));
            Assert.DoesNotContain(visit.Turns, t => t.Text.Contains('<', StringComparison.Ordinal));
        });

        await DraftAll(visits, leastTurns: 20);
    }

    [Fact]
    public void Given_dialogue_snippets_When_read_Then_all_of_them_parse() =>
        Assert.Equal(100, VisitFile.ReadAll(Path.Combine(SharedData.Folder("mts-dialog"), "MTS-Dialog-ValidationSet.csv")).Count);

    private static async Task DraftAll(IReadOnlyList<Conversation> visits, int leastTurns)
    {
        var notes = await Drafter.DraftAsync(visits, TestContext.Current.CancellationToken);
        for (var i = 0; i < visits.Count; i++)
        {
            Assert.True(visits[i].Turns.Count >= leastTurns, $"{visits[i].Id} has {visits[i].Turns.Count} turns.");
            Assert.True(notes[i].Sentences.Count >= 3, $"{visits[i].Id} drafts to {notes[i].Sentences.Count} sentences.");
            DraftChecks.AssertFaithful(visits[i], notes[i]);
        }
    }
}
