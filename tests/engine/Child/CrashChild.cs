using System.Globalization;
using System.Text;
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

    /// <summary>Runs <c>load STORAGE FIRST</c> (until killed or its input ends), <c>check STORAGE</c> (until its input
    /// ends), or <c>search FOLDER TEXT…</c>, which names the files that hold a text.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args[0] == "search") return Search(args[1], args[2..]);
        try
        {
            await using var host = await EngineHost.StartAsync(new EngineSettings { Storage = args[1], SystemClock = true });
            for (var writer = 0; writer < Writers; writer++)
                Say($"holds {writer} {(await Writer(host, writer).ReadAsync()).Version}");
            Say("ready");
            // Its input ends when the test wants it to stop, and also when the test's process is gone.
            Task end = Task.Run(Console.In.ReadToEnd);
            IEnumerable<Task> load = args[0] == "load" ? Load(host, int.Parse(args[2], CultureInfo.InvariantCulture)) : [];
            await await Task.WhenAny([end, .. load]);
            return 0;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    // None of these ends but by an error.
    private static IEnumerable<Task> Load(EngineHost host, int first) =>
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
    ];

    private static int Search(string folder, string[] texts)
    {
        // The lock of the folder cannot be opened, which is what it is for; it holds nothing.
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToArray();
        if (files.Length == 0) return 1;
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            foreach (var text in texts)
                if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0) Say($"{Path.GetFileName(file)}: {text}");
        }
        return 0;
    }

    private static IChartGrain Writer(EngineHost host, int writer) => host.Grains.GetGrain<IChartGrain>($"crash/writer-{writer}");
}
