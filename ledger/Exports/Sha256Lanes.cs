using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// SHA-256 (FIPS 180-4, 6.2) of up to eight messages at once, each in its own lane of the processor's vectors. One call of .NET's costs more
/// than the hashing of a record, and a verifier makes two for every record; this is several times as fast and needs nothing but .NET. Where
/// there are no such vectors it calls .NET's. For data that is no secret: nothing is cleared.
/// </summary>
internal static class Sha256Lanes
{
    /// <summary>Messages at once.</summary>
    public const int Lanes = 8;

    private const int Block = 64;
    private const int Words = Block / sizeof(uint);
    private const int Tail = 2 * Block;
    private const int Rounds = 64;

    private static ReadOnlySpan<uint> Initial => [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Hashes the messages that lie in a buffer.</summary>
    /// <param name="buffer">Where they lie.</param>
    /// <param name="starts">Where each begins; 1 to <see cref="Lanes"/> of them.</param>
    /// <param name="lengths">How many bytes each has.</param>
    /// <param name="hashes">Gets a hash for each.</param>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<Digest> hashes)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            HashTogether(buffer, starts, lengths, hashes);
            return;
        }

        Span<byte> hash = stackalloc byte[Digest.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            SHA256.HashData(buffer.Slice(starts[i], lengths[i]), hash);
            hashes[i] = new Digest(hash);
        }
    }

    // Optimised at the first call: vectors are very slow in code that is compiled in haste, and a verifier often runs once.
    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HashTogether(ReadOnlySpan<byte> buffer, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<Digest> hashes)
    {
        Span<byte> tails = stackalloc byte[Lanes * Tail];
        Span<Vector256<uint>> words = stackalloc Vector256<uint>[Words];
        Span<Vector256<uint>> state = stackalloc Vector256<uint>[Initial.Length];
        var longest = Pad(buffer, starts, lengths, tails);
        for (var i = 0; i < state.Length; i++) state[i] = Vector256.Create(Initial[i]);
        for (var block = 0; block < longest; block++)
        {
            for (var lane = 0; lane < starts.Length; lane++)
            {
                var whole = lengths[lane] / Block;
                var source = block < whole
                    ? buffer.Slice(starts[lane] + block * Block, Block)
                    : tails.Slice(lane * Tail + Math.Min(block - whole, 1) * Block, Block);
                Load(source, lane, MemoryMarshal.Cast<Vector256<uint>, uint>(words));
            }

            Compress(state, words);
            for (var lane = 0; lane < starts.Length; lane++)
            {
                if (Blocks(lengths[lane]) == block + 1) hashes[lane] = Read(MemoryMarshal.Cast<Vector256<uint>, uint>(state), lane);
            }
        }
    }

    private static int Blocks(int length) => (length + sizeof(ulong)) / Block + 1;

    // What of each message does not fill a block, with the padding of FIPS 180-4, 5.1.1.
    private static int Pad(ReadOnlySpan<byte> buffer, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<byte> tails)
    {
        tails.Clear();
        var longest = 0;
        for (var lane = 0; lane < starts.Length; lane++)
        {
            var length = lengths[lane];
            var tail = tails.Slice(lane * Tail, Tail);
            var (whole, blocks) = (length / Block, Blocks(length));
            buffer.Slice(starts[lane] + whole * Block, length % Block).CopyTo(tail);
            tail[length % Block] = 0x80;
            BinaryPrimitives.WriteUInt64BigEndian(tail[((blocks - whole) * Block - sizeof(ulong))..], (ulong)length * 8);
            longest = Math.Max(longest, blocks);
        }

        return longest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load(ReadOnlySpan<byte> block, int lane, Span<uint> words)
    {
        var source = MemoryMarshal.Cast<byte, uint>(block);
        for (var i = 0; i < source.Length; i++) words[i * Lanes + lane] = BinaryPrimitives.ReverseEndianness(source[i]);
    }

    private static Digest Read(ReadOnlySpan<uint> state, int lane)
    {
        Span<uint> hash = stackalloc uint[Digest.Length / sizeof(uint)];
        for (var i = 0; i < hash.Length; i++) hash[i] = BinaryPrimitives.ReverseEndianness(state[i * Lanes + lane]);
        return new Digest(MemoryMarshal.AsBytes(hash));
    }

    // The names are those of the standard.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(Span<Vector256<uint>> state, Span<Vector256<uint>> w)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var t = 0; t < Rounds; t++)
        {
            var at = t % Words;
            if (t >= Words) w[at] += LowerSigma1(w[(t - 2) % Words]) + w[(t - 7) % Words] + LowerSigma0(w[(t - 15) % Words]);
            var t1 = h + UpperSigma1(e) + Vector256.ConditionalSelect(e, f, g) + Vector256.Create(Constants[t]) + w[at];
            var t2 = UpperSigma0(a) + ((a & b) | (c & (a | b)));
            (h, g, f, e) = (g, f, e, d + t1);
            (d, c, b, a) = (c, b, a, t1 + t2);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> x, int by) => x >>> by | x << (32 - by);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> UpperSigma0(Vector256<uint> x) => Rotate(x, 2) ^ Rotate(x, 13) ^ Rotate(x, 22);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> UpperSigma1(Vector256<uint> x) => Rotate(x, 6) ^ Rotate(x, 11) ^ Rotate(x, 25);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> LowerSigma0(Vector256<uint> x) => Rotate(x, 7) ^ Rotate(x, 18) ^ x >>> 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> LowerSigma1(Vector256<uint> x) => Rotate(x, 17) ^ Rotate(x, 19) ^ x >>> 10;
}
