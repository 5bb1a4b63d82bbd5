using System.Diagnostics;

namespace JamEmr.Bench.Measuring;

/// <summary>What a load came to.</summary>
/// <param name="PerSecond">Operations per second over the measured time.</param>
/// <param name="Latency">From asking to the answer, each operation.</param>
/// <param name="Seconds">The measured time.</param>
internal sealed record LoadResult(double PerSecond, LatencyHistogram Latency, double Seconds);

/// <summary>Callers that each do one operation after the other, awaiting each.</summary>
internal static class Load
{
    /// <summary>Warms up, then measures without a pause in between, so that the measured time begins in full flow.</summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="warmUp">Not counted.</param>
    /// <param name="measured">Counted.</param>
    /// <param name="operation">Does operation number n of a caller.</param>
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan warmUp, TimeSpan measured, Func<int, long, Task> operation)
    {
        var begin = Stopwatch.GetTimestamp() + Ticks(warmUp);
        var end = begin + Ticks(measured);
        var counted = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(caller, begin, end, operation))));

        var all = new LatencyHistogram();
        foreach (var one in counted) all.Add(one);
        return new LoadResult(all.Count / measured.TotalSeconds, all, measured.TotalSeconds);
    }

    private static async Task<LatencyHistogram> CallAsync(int caller, long begin, long end, Func<int, long, Task> operation)
    {
        var latency = new LatencyHistogram();
        var asked = Stopwatch.GetTimestamp();
        for (long n = 0; asked < end; n++)
        {
            await operation(caller, n);
            var answered = Stopwatch.GetTimestamp();
            if (asked >= begin && answered <= end) latency.Record((answered - asked) * (1_000_000_000L / Stopwatch.Frequency));
            asked = answered;
        }
        return latency;
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
