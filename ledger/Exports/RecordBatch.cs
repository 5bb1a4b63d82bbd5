using System.Buffers;

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

    /// <summary>A record with the byte before it.</summary>
    public Span<byte> WithPrefix(int number)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        return _buffer.AsSpan(start, _ends[number] - start);
    }

    /// <summary>A record.</summary>
    public ReadOnlySpan<byte> Record(int number) => WithPrefix(number)[1..];

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<int>.Shared.Return(_ends);
    }
}
