using System.Buffers;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>The records of one leaf tile, or the part of them that an export has, as they lie in the file.</summary>
/// <remarks>Each record lies behind a byte that is not its own (the line feed of the one before it), so that it can be hashed where it
/// lies with the leaf's prefix in front.</remarks>
internal sealed class RecordBatch : IDisposable
{
    private readonly byte[] _buffer;
    private readonly int[] _ends;

    internal RecordBatch(byte[] buffer, int[] ends, int count, long first)
    {
        _buffer = buffer;
        _ends = ends;
        Count = count;
        First = first;
    }

    /// <summary>The index of the first record.</summary>
    public long First { get; }

    /// <summary>Records, at least 1.</summary>
    public int Count { get; }

    /// <summary>A record.</summary>
    public ReadOnlySpan<byte> Record(int number)
    {
        var start = StartOf(number) + 1;
        return _buffer.AsSpan(start, _ends[number] - start);
    }

    /// <summary>The leaf hash of each record (RFC 9162, 2.1.1).</summary>
    public void Hash(Span<Digest> hashes)
    {
        Span<int> starts = stackalloc int[Sha256Lanes.Lanes];
        Span<int> lengths = stackalloc int[Sha256Lanes.Lanes];
        for (var from = 0; from < Count; from += Sha256Lanes.Lanes)
        {
            var count = Math.Min(Sha256Lanes.Lanes, Count - from);
            for (var i = 0; i < count; i++)
            {
                starts[i] = StartOf(from + i);
                lengths[i] = _ends[from + i] - starts[i];
                _buffer[starts[i]] = MerkleTree.LeafPrefix;
            }

            Sha256Lanes.Hash(_buffer, starts[..count], lengths[..count], hashes[from..]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<int>.Shared.Return(_ends);
    }

    private int StartOf(int number) => number == 0 ? 0 : _ends[number - 1];
}
