using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// One column of a complete epoch: the terms that occur in it, in the order of their numbers, and for each entry which of them it has.
/// <c>terms</c> is the width of a code in bits (0, 4, 8 or 16), whether any entry has no term (0 or 1), and the numbers, each as the
/// difference to the one before in groups of seven bits, lowest first. <c>codes</c> is one code per entry, little-endian: 0 for no term,
/// else the place of the term counted from 1. Width 0: every entry has the only term, or there is none at all. The object is read into
/// again and again, since a question looks at a thousand of them.
/// </summary>
internal sealed class Facet
{
    private const int HeaderLength = 2;

    private readonly int[] _terms = new int[Schema.Epoch];
    private readonly byte[] _codes = new byte[2 * Schema.Epoch];
    private int _width;

    /// <summary>Terms that occur.</summary>
    public ReadOnlySpan<int> Terms => _terms.AsSpan(0, Count);

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there are entries without a term.</summary>
    public bool HasNone { get; private set; }

    /// <param name="values">The term of each entry, 0 for none.</param>
    public static (byte[] Terms, byte[] Codes) Encode(ReadOnlySpan<int> values) => Encode(values, out _);

    /// <param name="values">The term of each entry, 0 for none.</param>
    /// <param name="terms">The terms that occur, so that the first has code 1.</param>
    public static (byte[] Terms, byte[] Codes) Encode(ReadOnlySpan<int> values, out int[] terms)
    {
        var distinct = new Dictionary<int, int>();
        foreach (var value in values) distinct.TryAdd(value, 0);
        var hasNone = distinct.Remove(0);
        terms = [.. distinct.Keys];
        Array.Sort(terms);
        for (var i = 0; i < terms.Length; i++) distinct[terms[i]] = i + 1;
        distinct[0] = 0;

        var width = terms.Length == 0 || (terms.Length == 1 && !hasNone) ? 0 : terms.Length < 1 << 4 ? 4 : terms.Length < 1 << 8 ? 8 : 16;
        var codes = new byte[Schema.Epoch * width / 8];
        for (var i = 0; width > 0 && i < values.Length; i++)
        {
            var code = distinct[values[i]];
            if (width == 16) BinaryPrimitives.WriteUInt16LittleEndian(codes.AsSpan(2 * i), (ushort)code);
            else if (width == 8) codes[i] = (byte)code;
            else codes[i / 2] |= (byte)(code << (i % 2 * 4));
        }

        return (EncodeTerms(terms, width, hasNone), codes);
    }

    /// <exception cref="FormatException">Not what <see cref="Encode(ReadOnlySpan{int})"/> makes.</exception>
    public void ReadTerms(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderLength || encoded[0] is not (0 or 4 or 8 or 16) || encoded[1] > 1) throw new FormatException("Not the terms of a facet.");
        (_width, HasNone, Count) = (encoded[0], encoded[1] == 1, 0);
        long term = 0;
        for (var at = HeaderLength; at < encoded.Length;)
        {
            long step = 0;
            for (var shift = 0; ; shift += 7)
            {
                if (at == encoded.Length || shift > 28) throw new FormatException("The terms of a facet are damaged.");
                var part = encoded[at++];
                step |= (long)(part & 0x7F) << shift;
                if (part < 0x80) break;
            }

            term += step;
            if (step == 0 || term > int.MaxValue || Count == _terms.Length) throw new FormatException("The terms of a facet are damaged.");
            _terms[Count++] = (int)term;
        }

        if (Count > (_width == 0 ? 1 : (1 << _width) - 1)) throw new FormatException("A facet has more terms than codes.");
    }

    /// <summary>Reads the codes that belong to the terms read last.</summary>
    /// <exception cref="FormatException">Not what <see cref="Encode(ReadOnlySpan{int})"/> makes.</exception>
    public void ReadCodes(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != Schema.Epoch * _width / 8) throw new FormatException("The codes of a facet are damaged.");
        encoded.CopyTo(_codes);
    }

    /// <summary>The code of a term, or -1 where no entry has it. 0, for no term, is a code like another.</summary>
    public int CodeOf(int term)
    {
        if (term == 0) return HasNone ? 0 : -1;
        var at = Terms.BinarySearch(term);
        return at < 0 ? -1 : at + 1;
    }

    /// <summary>The code of an entry.</summary>
    public int Code(int position) => _width switch
    {
        16 => BinaryPrimitives.ReadUInt16LittleEndian(_codes.AsSpan(2 * position)),
        8 => _codes[position],
        4 => (_codes[position / 2] >> (position % 2 * 4)) & 0xF,
        _ => Count,
    };

    /// <summary>The term of an entry, 0 for none.</summary>
    /// <exception cref="FormatException">It has a code that no term has.</exception>
    public int Term(int position)
    {
        var code = Code(position);
        if (code == 0) return 0;
        return code <= Count ? _terms[code - 1] : throw new FormatException("A facet has a code without a term.");
    }

    /// <summary>The entries that have a code.</summary>
    public void Match(int code, EpochBits found)
    {
        switch (_width)
        {
            case 16:
                Match16((ushort)code, found);
                break;
            case 8:
                Match8(_codes.AsSpan(0, Schema.Epoch), (byte)code, found);
                break;
            case 4:
                Match4((byte)code, found);
                break;
            default:
                found.SetRange(0, code == Count ? Schema.Epoch : 0);
                break;
        }
    }

    private static void Match8(ReadOnlySpan<byte> codes, byte code, EpochBits found)
    {
        var wanted = Vector256.Create(code);
        for (var group = 0; group < Schema.Epoch / 32; group++)
            found.SetGroup(group, Vector256.Equals(Vector256.Create(codes.Slice(group * 32, 32)), wanted).ExtractMostSignificantBits());
    }

    private void Match16(ushort code, EpochBits found)
    {
        var codes = MemoryMarshal.Cast<byte, ushort>(_codes.AsSpan());
        var wanted = Vector256.Create(code);
        for (var group = 0; group < Schema.Epoch / 32; group++)
        {
            var low = Vector256.Equals(Vector256.Create(codes.Slice(group * 32, 16)), wanted).ExtractMostSignificantBits();
            var high = Vector256.Equals(Vector256.Create(codes.Slice(group * 32 + 16, 16)), wanted).ExtractMostSignificantBits();
            found.SetGroup(group, low | (high << 16));
        }
    }

    private void Match4(byte code, EpochBits found)
    {
        Span<byte> wide = stackalloc byte[Schema.Epoch];
        for (var i = 0; i < Schema.Epoch / 2; i++)
        {
            wide[2 * i] = (byte)(_codes[i] & 0xF);
            wide[2 * i + 1] = (byte)(_codes[i] >> 4);
        }

        Match8(wide, code, found);
    }

    private static byte[] EncodeTerms(int[] terms, int width, bool hasNone)
    {
        var encoded = new List<byte>(HeaderLength + 2 * terms.Length) { (byte)width, (byte)(hasNone ? 1 : 0) };
        var before = 0;
        foreach (var term in terms)
        {
            var step = (uint)(term - before);
            before = term;
            for (; step >= 0x80; step >>= 7) encoded.Add((byte)(step | 0x80));
            encoded.Add((byte)step);
        }

        return [.. encoded];
    }
}
