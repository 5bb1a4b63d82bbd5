using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>
/// What a directory that forgets does: a second activation of a grain while the first lives. One of them writes, the other ends, and neither
/// ever answers from what the other has overtaken (docs/adr/0021).
/// </summary>
public sealed class DoubleActivationTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Name = "practice";

    private GrainHost Host => fixture.Host;

    [Fact]
    public async Task Given_two_activations_When_both_write_at_once_Then_one_write_counts_and_both_places_answer_it()
    {
        var (practice, key, split) = await SplitPracticeAsync();
        var versions = new HashSet<int>();
        for (var round = 0; round < 5; round++)
        {
            var before = await ReadAsync(practice, key, split.First);
            var writes = new[] { split.First, split.Second }.Select((silo, i) => WriteAsync(practice, key, silo, $"Round {round}, {i}", before.Version)).ToList();
            var written = (await Task.WhenAll(writes)).OfType<PracticeRecord>().ToList();

            var winner = Assert.Single(written);
            Assert.True(versions.Add(winner.Version));
            foreach (var silo in Host.Cluster.Silos) Assert.Equal((winner.Name, winner.Version), Of(await ReadAsync(practice, key, silo)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_two_activations_When_one_has_written_Then_the_other_never_answers_what_was_before(bool theForgottenOne)
    {
        var (practice, key, split) = await SplitPracticeAsync();
        var (writer, other) = theForgottenOne ? (split.First, split.Second) : (split.Second, split.First);

        var written = await WriteAsync(practice, key, writer, "After", (await ReadAsync(practice, key, writer)).Version);

        Assert.Equal("After", written!.Name);
        var refused = await Assert.ThrowsAsync<DomainException>(
            () => GrainHost.CallByAsync(other, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync()));
        Assert.Equal(ErrorCode.Unavailable, refused.Code);
        Assert.Equal("After", (await GrainHost.CallByAsync(other, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync())).Name);
        Assert.Contains(Host.Logs.All, line => line.Contains(" 2017:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_two_activations_that_hold_the_same_When_asked_Then_both_answer_and_each_answer_is_on_the_log()
    {
        var (practice, key, split) = await SplitPracticeAsync();
        var reader = practice.As(Role.Clinical);

        foreach (var silo in (Orleans.TestingHost.InProcessSiloHandle[])[split.First, split.Second, split.First])
            await GrainHost.CallByAsync(silo, reader.Caller, key, (IPracticeGrain g) => g.GetAsync());

        Assert.Equal(["practice.read", "practice.read", "practice.read"], (await reader.TrailAsync()).Select(record => record.Event));
    }

    private static (string Name, int Version) Of(PracticeRecord record) => (record.Name, record.Version);

    private static Task<PracticeRecord> ReadAsync(TestPractice practice, string key, Orleans.TestingHost.InProcessSiloHandle silo) =>
        Split.InsistAsync(silo, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync());

    // Null where the write was refused because the other one's counts.
    private static async Task<PracticeRecord?> WriteAsync(
        TestPractice practice, string key, Orleans.TestingHost.InProcessSiloHandle silo, string name, int version)
    {
        try
        {
            return await GrainHost.CallByAsync(
                silo, practice.As(Role.Administrative).Caller, key, (IPracticeGrain g) => g.UpdateAsync(new UpdatePractice(name, "America/New_York"), version));
        }
        catch (DomainException e) when (e.Code is ErrorCode.Unavailable or ErrorCode.VersionMismatch)
        {
            return null;
        }
    }

    private async Task<(TestPractice Practice, string Key, Split Split)> SplitPracticeAsync()
    {
        var practice = await Host.FoundPracticeAsync();
        var key = GrainKeys.Of(practice.Id, Name);
        return (practice, key, await Split.OfAsync(Host, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync()));
    }
}
