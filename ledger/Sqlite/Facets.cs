namespace JamEmr.Ledger.Sqlite;

/// <summary>Rows of <c>facet</c>. Terms and codes are read apart: mostly the terms say that the codes are not needed.</summary>
internal static class Facets
{
    public static void Write(Database database, long key, ReadOnlySpan<byte> terms, ReadOnlySpan<byte> codes) =>
        database.Prepare("INSERT INTO facet(id, terms, codes) VALUES(?1, ?2, ?3)").Bind(1, key).Bind(2, terms).Bind(3, codes).Run();

    /// <exception cref="FormatException">There is no such row.</exception>
    public static byte[] ReadTerms(Database database, long key)
    {
        var row = Select(database, "terms", key);
        var bytes = row.Blob(0).ToArray();
        row.Reset();
        return bytes;
    }

    /// <summary>Reads which terms a column of an epoch has.</summary>
    /// <exception cref="FormatException">There is no such row.</exception>
    public static void ReadTerms(Database database, long key, Facet facet)
    {
        var row = Select(database, "terms", key);
        facet.ReadTerms(row.Blob(0));
        row.Reset();
    }

    /// <summary>Reads which entry has which of them.</summary>
    /// <exception cref="FormatException">There is no such row.</exception>
    public static void ReadCodes(Database database, long key, Facet facet)
    {
        var row = Select(database, "codes", key);
        facet.ReadCodes(row.Blob(0));
        row.Reset();
    }

    private static Statement Select(Database database, string column, long key)
    {
        var row = database.Prepare(column == "terms" ? "SELECT terms FROM facet WHERE id = ?1" : "SELECT codes FROM facet WHERE id = ?1").Bind(1, key);
        return row.Step() ? row : throw new FormatException($"Facet {key & 0xFF} of epoch {(key >> 8) & uint.MaxValue} is missing.");
    }
}
