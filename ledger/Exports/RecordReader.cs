using System.Buffers;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Exports;

/// <summary>Cuts <c>records.ndjson</c> into batches, each the part of one leaf tile, from front to back and with little memory.</summary>
internal sealed class RecordReader(FileStream file, ExportManifest manifest)
{
    private const int Block = 256 * 1024;
    private const byte LineFeed = (byte)'\n';

    // What was read and not handed out, behind one byte that belongs to nobody.
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Block);
    private int _length = 1;
    private bool _ended;

    /// <summary>Bytes read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>What is wrong with the lines as such, once there is no next batch.</summary>
    public Finding? Wrong { get; private set; }

    /// <summary>The next batch, or null at the end or where something is wrong.</summary>
    public RecordBatch? Read(long first)
    {
        var wanted = (int)Math.Min(Tiles.Width - first % Tiles.Width, manifest.End - first);
        if (wanted == 0) return Finish();
        var ends = ArrayPool<int>.Shared.Rent(Tiles.Width);
        var (found, searched) = (0, 1);
        while (found < wanted)
        {
            var at = _buffer.AsSpan(searched, _length - searched).IndexOf(LineFeed);
            if (at >= 0)
            {
                searched += at + 1;
                ends[found++] = searched - 1;
                continue;
            }

            var start = found == 0 ? 1 : ends[found - 1] + 1;
            searched = _length;
            if (_length - start > LedgerRecord.MaxBytes || !Fill())
            {
                Wrong = NoLine(first + found, _length - start);
                if (found == 0)
                {
                    ArrayPool<int>.Shared.Return(ends);
                    return null;
                }

                break;
            }
        }

        return HandOut(first, ends, found);
    }

    private RecordBatch HandOut(long first, int[] ends, int count)
    {
        var end = ends[count - 1] + 1;
        var rest = _length - end;
        var next = ArrayPool<byte>.Shared.Rent(Math.Max(Block, rest + 1));
        _buffer.AsSpan(end, rest).CopyTo(next.AsSpan(1));
        var batch = new RecordBatch(_buffer, ends, count, first);
        (_buffer, _length) = (next, rest + 1);
        return batch;
    }

    private bool Fill()
    {
        if (_ended) return false;
        if (_buffer.Length - _length < Block / 4)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = file.Read(_buffer.AsSpan(_length));
        _ended = read == 0;
        _length += read;
        Bytes += read;
        return !_ended;
    }

    private RecordBatch? Finish()
    {
        if (_length > 1 || Fill())
            Wrong ??= new Finding(FindingKind.RecordBeyondHead, manifest.End, $"Something follows the {manifest.Count} records.", ExportLayout.RecordsFile);
        return null;
    }

    private static Finding NoLine(long index, int length) => length switch
    {
        0 => new Finding(FindingKind.RecordMissing, index, $"Record {index} is missing: the file ends.", ExportLayout.RecordsFile),
        > LedgerRecord.MaxBytes => new Finding(
            FindingKind.RecordMalformed, index, $"Record {index} is longer than a record can be.", ExportLayout.RecordsFile),
        _ => new Finding(FindingKind.RecordMalformed, index, $"Record {index} does not end with a line feed.", ExportLayout.RecordsFile),
    };
}
