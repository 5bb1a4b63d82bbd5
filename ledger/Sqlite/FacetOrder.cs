using System.Buffers.Binary;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The codes of a column of a complete epoch in the order of their texts, two bytes each, little-endian: so that the next texts that an epoch
/// has are found without going over all the texts there are.
/// </summary>
internal static class FacetOrder
{
    private const int CodeLength = 2;

    /// <param name="texts">The text of each code, the first for code 1.</param>
    public static byte[] Encode(string[] texts)
    {
        var codes = new ushort[texts.Length];
        for (var i = 0; i < codes.Length; i++) codes[i] = (ushort)(i + 1);
        Array.Sort(texts, codes, Utf8Order.Instance);
        var encoded = new byte[CodeLength * codes.Length];
        for (var i = 0; i < codes.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(encoded.AsSpan(CodeLength * i), codes[i]);
        return encoded;
    }

    /// <exception cref="FormatException">It is missing or has a code that no term has.</exception>
    public static ushort[] Read(Database database, long log, long epoch, Column column, int terms)
    {
        var bytes = Facets.ReadTerms(database, FacetKey.Of(log, epoch, FacetKey.Order + (int)column));
        if (bytes.Length != CodeLength * terms) throw new FormatException("The order of a facet is damaged.");
        var codes = new ushort[terms];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(CodeLength * i));
            if (codes[i] == 0 || codes[i] > terms) throw new FormatException("The order of a facet is damaged.");
        }

        return codes;
    }
}
