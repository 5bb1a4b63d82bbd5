using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// Notices ids that come twice among very many, with 8 bytes of memory for each: it keeps a hash of each id under a key drawn at random, so
/// that nobody can make ids that meet. What it names are suspects, to be looked up by whoever reads the records again.
/// </summary>
internal sealed class RepeatedIds
{
    private const int Buckets = 256;

    private readonly UInt128 _low = RandomWord();
    private readonly UInt128 _high = RandomWord();
    private readonly UInt128 _plus = RandomWord();
    private readonly List<ulong>[] _hashes = [.. Enumerable.Range(0, Buckets).Select(_ => new List<ulong>())];

    /// <summary>What an id is remembered as. Multilinear hashing: two ids meet once in about 2^63.</summary>
    public ulong Hash(Guid id)
    {
        var (low, high) = MemoryMarshal.Cast<Guid, (ulong, ulong)>(MemoryMarshal.CreateSpan(ref id, 1))[0];
        return (ulong)((_plus + _low * low + _high * high) >> 64);
    }

    /// <summary>Takes the hashes of a piece of the log; several threads may.</summary>
    public void Add(ReadOnlySpan<ulong> hashes)
    {
        // Sorted by bucket first, each bucket's lock is taken once.
        Span<ulong> sorted = stackalloc ulong[hashes.Length];
        hashes.CopyTo(sorted);
        sorted.Sort();
        for (var from = 0; from < sorted.Length;)
        {
            var bucket = sorted[from] >> 56;
            var to = from + 1;
            while (to < sorted.Length && sorted[to] >> 56 == bucket) to++;
            lock (_hashes[bucket]) _hashes[bucket].AddRange(sorted[from..to]);
            from = to;
        }
    }

    /// <summary>The hashes that came more than once.</summary>
    public HashSet<ulong> Repeated(ParallelOptions options)
    {
        var found = new HashSet<ulong>();
        Parallel.ForEach(_hashes, options, bucket =>
        {
            bucket.Sort();
            for (var i = 1; i < bucket.Count; i++)
            {
                if (bucket[i] != bucket[i - 1]) continue;
                lock (found) found.Add(bucket[i]);
            }
        });
        return found;
    }

    private static UInt128 RandomWord()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<UInt128>(bytes);
    }
}
