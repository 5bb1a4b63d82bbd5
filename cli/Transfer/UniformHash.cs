using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace JamEmr.Cli.Transfer;

/// <summary>Where a grain stands on the ring by which silos share out reminders, as Orleans computes it: of type and key, each by XXH32 (the
/// xxHash specification, 0.1.1) in the byte order in which it is printed.</summary>
internal static class UniformHash
{
    private const uint Prime1 = 0x9E3779B1, Prime2 = 0x85EBCA77, Prime3 = 0xC2B2AE3D, Prime4 = 0x27D4EB2F, Prime5 = 0x165667B1;
    private const int Stripe = 16, Lane = 4;

    /// <summary>The hash of a grain, as it is stored with its reminders.</summary>
    public static int Of(string grainType, string grainKey) => unchecked((int)((Of(grainType) * 31) + Of(grainKey)));

    /// <summary>XXH32 with seed 0.</summary>
    public static uint Xxh32(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            var rest = data;
            uint hash = Prime5;
            if (data.Length >= Stripe)
            {
                uint a = Prime1 + Prime2, b = Prime2, c = 0, d = 0 - Prime1;
                for (; rest.Length >= Stripe; rest = rest[Stripe..])
                {
                    a = Round(a, Word(rest));
                    b = Round(b, Word(rest[Lane..]));
                    c = Round(c, Word(rest[(2 * Lane)..]));
                    d = Round(d, Word(rest[(3 * Lane)..]));
                }

                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            }

            hash += (uint)data.Length;
            for (; rest.Length >= Lane; rest = rest[Lane..]) hash = BitOperations.RotateLeft(hash + (Word(rest) * Prime3), 17) * Prime4;
            foreach (var one in rest) hash = BitOperations.RotateLeft(hash + (one * Prime5), 11) * Prime1;
            hash = (hash ^ (hash >> 15)) * Prime2;
            hash = (hash ^ (hash >> 13)) * Prime3;
            return hash ^ (hash >> 16);
        }
    }

    private static uint Of(string text) => BinaryPrimitives.ReverseEndianness(Xxh32(Encoding.UTF8.GetBytes(text)));

    private static uint Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static uint Round(uint lane, uint word) => unchecked(BitOperations.RotateLeft(lane + (word * Prime2), 13) * Prime1);
}
