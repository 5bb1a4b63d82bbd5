using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The entries of a complete epoch that have a correlation id, in the order of keys that never contradict the order of the ids: the first
/// twelve bytes, five bits for each, and four bits of a hash to tell apart ids that begin alike. In blocks that fill a page, each with its
/// keys (8 bytes, big-endian) and then its positions (2 bytes, little-endian); the directory has the first key of each block.
/// </summary>
internal static class CorrelationRun
{
    /// <summary>Bits of a key that only tell ids apart.</summary>
    public const int HashBits = 4;

    /// <summary>Entries in a block: with ten bytes each, what a page of 4096 bytes holds.</summary>
    private const int Block = 400;

    private const int KeyLength = 8;
    private const int EntryLength = KeyLength + 2;
    private const int Characters = 12;
    private const int CharacterBits = 5;

    private static readonly byte[] Classes = MakeClasses();

    /// <summary>The key of an id.</summary>
    public static ulong Key(string correlation)
    {
        var bytes = Encoding.UTF8.GetBytes(correlation);
        var key = 0UL;
        for (var i = 0; i < Characters; i++) key = (key << CharacterBits) | (i < bytes.Length ? Classes[bytes[i]] : 0UL);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return (key << HashBits) | (hash[0] & ((1UL << HashBits) - 1));
    }

    /// <summary>Writes the run of an epoch.</summary>
    /// <param name="database">With a write transaction open.</param>
    /// <param name="log">The log's number.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="keys">The key of each entry that has an id.</param>
    /// <param name="positions">The positions of these.</param>
    public static void Write(Database database, long log, long epoch, ulong[] keys, ushort[] positions)
    {
        Array.Sort(keys, positions);
        var directory = new List<byte>();
        Span<byte> first = stackalloc byte[KeyLength];
        for (var (from, number) = (0, 0); from < keys.Length; from += Block, number++)
        {
            var count = Math.Min(Block, keys.Length - from);
            var block = new byte[count * EntryLength];
            for (var i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(block.AsSpan(KeyLength * i), keys[from + i]);
                BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(KeyLength * count + 2 * i), positions[from + i]);
            }

            BinaryPrimitives.WriteUInt64BigEndian(first, keys[from]);
            directory.AddRange(first);
            Facets.Write(database, FacetKey.Of(log, epoch, FacetKey.RunBlock + number), block, []);
        }

        Facets.Write(database, FacetKey.Of(log, epoch, FacetKey.RunDirectory), [.. directory], []);
    }

    /// <summary>The first keys of an epoch's blocks.</summary>
    public static ulong[] ReadDirectory(Database database, long log, long epoch)
    {
        var bytes = Facets.ReadTerms(database, FacetKey.Of(log, epoch, FacetKey.RunDirectory));
        if (bytes.Length % KeyLength != 0) throw new FormatException("The directory of correlation ids is damaged.");
        var keys = new ulong[bytes.Length / KeyLength];
        for (var i = 0; i < keys.Length; i++) keys[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(KeyLength * i));
        return keys;
    }

    /// <summary>The keys and positions of a block.</summary>
    public static (ulong Key, int Position)[] ReadBlock(Database database, long log, long epoch, int number)
    {
        var bytes = Facets.ReadTerms(database, FacetKey.Of(log, epoch, FacetKey.RunBlock + number));
        if (bytes.Length % EntryLength != 0) throw new FormatException("A block of correlation ids is damaged.");
        var entries = new (ulong, int)[bytes.Length / EntryLength];
        for (var i = 0; i < entries.Length; i++)
        {
            var position = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(KeyLength * entries.Length + 2 * i));
            if (position >= Schema.Epoch) throw new FormatException("A block of correlation ids is damaged.");
            entries[i] = (BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(KeyLength * i)), position);
        }

        return entries;
    }

    /// <summary>Whether the blocks of an epoch hold all of its entries.</summary>
    public static bool IsEveryEntry(Database database, long log, long epoch, int blocks) =>
        (blocks - 1) * Block + ReadBlock(database, log, epoch, blocks - 1).Length == Schema.Epoch;

    /// <summary>The block where entries with a key not below this one may begin.</summary>
    public static int FirstBlock(ReadOnlySpan<ulong> directory, ulong key)
    {
        // Entries with the very key may end the block before the one that begins with it.
        var at = 0;
        while (at + 1 < directory.Length && directory[at + 1] < key) at++;
        return at;
    }

    /// <summary>The entries of an epoch with a key; ids that are not the one asked for may be among them.</summary>
    public static void Find(Database database, long log, long epoch, ulong key, EpochBits found)
    {
        found.Clear();
        var directory = ReadDirectory(database, log, epoch);
        if (directory.Length == 0 || key < directory[0]) return;
        for (var number = FirstBlock(directory, key); number < directory.Length && directory[number] <= key; number++)
        {
            foreach (var (entry, position) in ReadBlock(database, log, epoch, number))
            {
                if (entry == key) found.Add(position);
            }
        }
    }

    // Digits and the letters of hexadecimal are told apart, the rest only roughly; the order is that of the bytes.
    private static byte[] MakeClasses()
    {
        var classes = new byte[256];
        for (var b = 0; b < classes.Length; b++)
        {
            classes[b] = (byte)(b switch
            {
                < '-' => 0,
                < '0' => 1,
                <= '9' => 2 + b - '0',
                < 'A' => 12,
                <= 'F' => 13,
                <= 'Z' => 14,
                < 'a' => 15,
                <= 'f' => 16 + b - 'a',
                <= 'z' => 22 + (b - 'g') * 8 / 20,
                < 0x80 => 30,
                _ => 31,
            });
        }

        return classes;
    }
}
