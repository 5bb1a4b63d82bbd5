using System.Numerics;

namespace JamEmr.Bench.Measuring;

/// <summary>Counts durations in buckets that are at most 1/32 of their value wide, from a nanosecond to hours, so that a
/// percentile is exact to about 3 %. One per caller; not thread-safe.</summary>
internal sealed class LatencyHistogram
{
    private const int Precision = 5;
    private readonly long[] _buckets = new long[64 << Precision];

    /// <summary>How many durations were counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts a duration in nanoseconds.</summary>
    public void Record(long nanoseconds)
    {
        _buckets[Bucket(Math.Max(nanoseconds, 1))]++;
        Count++;
    }

    /// <summary>Adds what another counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var bucket = 0; bucket < _buckets.Length; bucket++) _buckets[bucket] += other._buckets[bucket];
        Count += other.Count;
    }

    /// <summary>The duration, in nanoseconds, that a share (0 to 1) of all durations does not exceed.</summary>
    public double Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            rank -= _buckets[bucket];
            if (rank <= 0) return UpperEdge(bucket);
        }
        return 0;
    }

    private static int Bucket(long value)
    {
        var exponent = Math.Max(0, BitOperations.Log2((ulong)value) - Precision);
        return (exponent << Precision) + (int)(value >> exponent);
    }

    private static double UpperEdge(int bucket)
    {
        var exponent = Math.Max(0, (bucket >> Precision) - 1);
        return (double)(bucket - (exponent << Precision) + 1) * (1L << exponent);
    }
}
