using System.Globalization;
using JamEmr.Tests.Engine.Grains;

namespace JamEmr.Tests.Engine.Child;

/// <summary>
/// What the child process does. It says one thing per line, and only after the engine has acknowledged it:
/// <c>holds W V</c> (writer W reads version V at the start), <c>ready</c>, <c>saved W V</c>, <c>accepted S N</c> (the
/// stream took event N) and <c>got S N</c> (the subscriber handled it, said before it is acknowledged).
/// </summary>
internal static class CrashChild
{
    /// <summary>Grains that save, one write after the other.</summary>
    public const int Writers = 6;

    /// <summary>Streams that are published to, one event after the other.</summary>
    public const int Streams = 4;

    private static readonly Lock Gate = new();

    /// <summary>Says a line, whole.</summary>
    public static void Say(string line)
    {
        lock (Gate)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    /// <summary>Runs <c>load STORAGE FIRST</c> (until killed) or <c>check STORAGE</c> (until its input ends).</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var host = await EngineHost.StartAsync(new EngineSettings { Storage = args[1], SystemClock = true });
            for (var writer = 0; writer < Writers; writer++)
                Say($"holds {writer} {(await Writer(host, writer).ReadAsync()).Version}");
            Say("ready");
            if (args[0] == "load") await LoadAsync(host, int.Parse(args[2], CultureInfo.InvariantCulture));
            else await Console.In.ReadToEndAsync();
            return 0;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static Task LoadAsync(EngineHost host, int first) => Task.WhenAll(
    [
        .. Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var version = first; ; version++)
            {
                await Writer(host, writer).WriteAsync(new Chart { Text = $"version {version}", Version = version });
                Say($"saved {writer} {version}");
            }
        })),
        .. Enumerable.Range(0, Streams).Select(stream => Task.Run(async () =>
        {
            var publisher = host.Grains.GetGrain<IPublisherGrain>($"crash/publisher-{stream}");
            for (var number = first; ; number++)
            {
                await publisher.PublishAsync(CrashReaderGrain.Namespace, $"crash/{stream}", number, 1);
                Say($"accepted {stream} {number}");
            }
        })),
    ]);

    private static IChartGrain Writer(EngineHost host, int writer) => host.Grains.GetGrain<IChartGrain>($"crash/writer-{writer}");
}
