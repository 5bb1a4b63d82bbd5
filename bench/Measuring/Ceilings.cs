using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace JamEmr.Bench.Measuring;

/// <summary>What this machine could do at most: a figure means something only beside these, taken in the same run.</summary>
internal static partial class Ceilings
{
    /// <summary>
    /// Round trips per second between the same callers and the same number of bare mailboxes (a channel, one loop, a task
    /// per answer): what .NET's own parts cost with nothing of an engine on top.
    /// </summary>
    public static async Task<LoadResult> PingPongAsync(int mailboxes, int callers, TimeSpan warmUp, TimeSpan measured)
    {
        var boxes = new Channel<TaskCompletionSource<int>>[mailboxes];
        var loops = new Task[mailboxes];
        for (var box = 0; box < mailboxes; box++)
        {
            var channel = boxes[box] = Channel.CreateUnbounded<TaskCompletionSource<int>>(new UnboundedChannelOptions { SingleReader = true });
            loops[box] = Task.Run(async () =>
            {
                var answers = 0;
                await foreach (var question in channel.Reader.ReadAllAsync()) question.SetResult(++answers);
            });
        }

        var result = await Load.RunAsync(callers, warmUp, measured, (caller, n) =>
        {
            var question = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            boxes[Spread.Over(mailboxes, caller, n)].Writer.TryWrite(question);
            return question.Task;
        });

        foreach (var box in boxes) box.Writer.Complete();
        await Task.WhenAll(loops);
        return result;
    }

    /// <summary>How often per second this disk makes 4 KiB of an already allocated file durable, one after the other.</summary>
    public static double FdatasyncPerSecond(string folder)
    {
        const int blocks = 1024;
        var measured = TimeSpan.FromSeconds(2);
        var path = Path.Combine(folder, "fdatasync.probe");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None);
            var block = new byte[4096];
            for (var n = 0; n < blocks; n++) RandomAccess.Write(file, block, n * (long)block.Length);
            RandomAccess.FlushToDisk(file);

            var flushes = 0;
            var since = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(since) < measured)
            {
                block[0]++;
                RandomAccess.Write(file, block, flushes % blocks * (long)block.Length);
                Flush(file);
                flushes++;
            }
            return flushes / Stopwatch.GetElapsedTime(since).TotalSeconds;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // .NET's own flush is fsync, which writes the file's times as well; databases use fdatasync where there is one.
    private static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (FDataSync(file) != 0) throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);
}

/// <summary>Spreads callers over targets without a random number for each operation.</summary>
internal static class Spread
{
    /// <summary>The target of operation <paramref name="n"/>: each caller goes through all of them, from its own place, in steps that share no
    /// factor with any round number of targets.</summary>
    public static int Over(int targets, int caller, long n) => (int)(((caller * 7919L) + (n * 61)) % targets);
}
