using System.Globalization;
using JamEmr.Tests.Engine.Child;

namespace JamEmr.Tests.Engine.Conformance;

/// <summary>What was acknowledged is there after <c>kill -9</c>, whenever it comes.</summary>
public sealed class CrashTests
{
    private const int Kills = 10;

    [Fact]
    public async Task Given_a_process_killed_ten_times_under_load_When_started_again_Then_nothing_acknowledged_is_lost()
    {
        await using var storage = await EngineStorage.CreateAsync();
        var saved = new int[CrashChild.Writers];
        var accepted = new HashSet<(int Stream, int Number)>();
        var got = new HashSet<(int Stream, int Number)>();

        for (var kill = 0; kill < Kills; kill++)
        {
            await using var child = ChildProcess.Start("load", storage.Location, $"{1 + (kill * 1_000_000)}");
            var acknowledged = 0;
            while (await child.NextAsync() is { } line)
            {
                Take(line);
                // Another moment each time: some right after the first acknowledgement, some in full flow.
                if (line[0] is 's' or 'a' && ++acknowledged == 1 + (kill * 67)) child.Kill();
            }
            Assert.True(acknowledged > kill * 67, $"The child ended by itself after {acknowledged} acknowledgements: {(await child.StopAsync()).Errors}");
        }

        await using var last = ChildProcess.Start("check", storage.Location);
        var holding = 0;
        while (holding < CrashChild.Writers || !accepted.IsSubsetOf(got))
            if (Take(await last.NextAsync() ?? throw new InvalidOperationException("The child ended.")) == "holds") holding++;
        Assert.Equal((0, ""), await last.StopAsync());

        Assert.All(saved, version => Assert.True(version > 0));
        Assert.True(accepted.Count > 0);

        string Take(string line)
        {
            var words = line.Split(' ');
            var (who, what) = words.Length == 3
                ? (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture))
                : default;
            switch (words[0])
            {
                case "saved":
                    saved[who] = what;
                    break;
                case "holds":
                    // The write after the last acknowledged one may be there: it was on its way.
                    Assert.True(what >= saved[who], $"Writer {who} was told that version {saved[who]} is safe, and holds {what}.");
                    break;
                case "accepted":
                    accepted.Add((who, what));
                    break;
                case "got":
                    got.Add((who, what));
                    break;
            }
            return words[0];
        }
    }

    [Fact]
    public async Task Given_a_process_that_stops_in_order_When_started_again_Then_it_starts_and_stops_again()
    {
        await using var storage = await EngineStorage.CreateAsync();
        for (var start = 0; start < 2; start++)
        {
            await using var child = ChildProcess.Start("check", storage.Location);
            while (await child.NextAsync() is { } line && line != "ready") Assert.StartsWith("holds", line, StringComparison.Ordinal);

            Assert.Equal((0, ""), await child.StopAsync());
        }
    }
}
