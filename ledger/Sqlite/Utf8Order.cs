namespace JamEmr.Ledger.Sqlite;

/// <summary>The order of texts by their UTF-8 bytes, without making these.</summary>
internal sealed class Utf8Order : IComparer<string?>
{
    public static readonly Utf8Order Instance = new();

    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        var same = a.CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        return Rank(a[same]).CompareTo(Rank(b[same]));
    }

    // Surrogates stand for what lies above U+FFFF, so they come after all else, though their numbers do not.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
