using System.Globalization;
using JamEmr.Engine.Storage;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>A process that is killed while it writes loses nothing that it had acknowledged.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Given_a_process_killed_while_it_writes_When_opened_again_and_again_Then_every_acknowledged_write_is_there()
    {
        await using var engine = new TempEngine();
        for (var round = 1; round <= 4; round++)
        {
            var states = new long[ChildEngine.Writers];
            var events = new long[ChildEngine.Writers];
            using (var child = ChildEngine.Start("write", engine.Folder))
            {
                Assert.Equal("open", await child.NextAsync());
                for (var heard = 0; heard < 500 * round; heard++) Hear(await child.NextAsync(), states, events);
                foreach (var line in await child.KillAsync()) Hear(line, states, events);
            }

            await using var store = await engine.OpenAsync();
            for (var writer = 0; writer < ChildEngine.Writers; writer++)
            {
                var text = await store.ReadTextAsync(Some.Grain(writer));
                var state = text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
                Assert.True(state >= states[writer], $"State {writer} is at {state}; {states[writer]} was acknowledged.");
                await ExpectEventsAsync(store, writer, atLeast: events[writer], notAbove: state);
            }

            // Nothing else of the store is worse for it.
            Assert.Equal("ok", Check(engine));
        }
    }

    /// <summary>All events acknowledged, in order, without a gap, and none that no state stands for.</summary>
    private static async Task ExpectEventsAsync(EngineStore store, int writer, long atLeast, long notAbove)
    {
        var next = 1L;
        while (await store.ReadEventsAsync(Some.Stream(writer), next - 1, 500, Some.Ct) is { Count: > 0 } batch)
        {
            foreach (var stored in batch) Assert.Equal(next++, stored.Sequence);
        }

        Assert.InRange(next - 1, atLeast, notAbove);
    }

    private static string Check(TempEngine engine) => engine.Ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0 ? "ok" : "damaged";

    private static void Hear(string? line, long[] states, long[] events)
    {
        var parts = line?.Split(' ');
        if (parts is not [var what, var writer, var number] || !long.TryParse(number, out var value)) return;
        (what == "state" ? states : events)[int.Parse(writer, CultureInfo.InvariantCulture)] = value;
    }
}
