namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The terms of a column in the order of their texts' UTF-8 bytes, or against it. Texts, packed UUIDs and packed digits lie apart, each in
/// order; they are merged here.
/// </summary>
internal sealed class TermOrder : IDisposable
{
    private const string UuidForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    private const string HexForm = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    private const string Digits = "0123456789abcdef";

    private readonly Stream[] _streams;
    private readonly bool _descending;

    /// <param name="database">To read.</param>
    /// <param name="log">The log's number.</param>
    /// <param name="kind">The column.</param>
    /// <param name="from">The first text, included; null for the very first.</param>
    /// <param name="descending">Against the order.</param>
    public TermOrder(Database database, long log, Column kind, string? from, bool descending)
    {
        _descending = descending;
        _streams =
        [
            Texts(database, log, kind, from, descending),
            Packed(database, log, kind, from, descending, UuidForm, [], Columns.GuidLength),
            Packed(database, log, kind, from, descending, HexForm, [Columns.HexPrefix], Columns.HexLength),
        ];
    }

    /// <summary>The next term, or null at the end.</summary>
    public (int Term, string Text)? Next()
    {
        Stream? best = null;
        foreach (var stream in _streams)
        {
            if (stream.Text is null) continue;
            var order = best is null ? -1 : Utf8Order.Instance.Compare(stream.Text, best.Text);
            if (_descending ? order > 0 || best is null : order < 0) best = stream;
        }

        if (best is null) return null;
        var next = (best.Term, best.Text!);
        best.Advance();
        return next;
    }

    public void Dispose()
    {
        foreach (var stream in _streams) stream.Dispose();
    }

    private static Stream Texts(Database database, long log, Column kind, string? from, bool descending)
    {
        // Every text is below every blob.
        var bound = from is null ? "" : descending ? "AND value <= ?3" : "AND value >= ?3";
        var rows = database.PrepareOnce(
            $"SELECT id, value FROM term WHERE log = ?1 AND kind = ?2 AND value < x'' {bound} ORDER BY value {(descending ? "DESC" : "ASC")}");
        rows.Bind(1, log).Bind(2, (long)kind);
        if (from is not null) rows.Bind(3, from);
        return new Stream(rows);
    }

    private static Stream Packed(
        Database database, long log, Column kind, string? from, bool descending, string form, byte[] prefix, int length)
    {
        var (text, after) = from is null ? (form.Replace('x', descending ? 'f' : '0'), descending) : Bound(from, form);
        var compare = (descending, after || string.Equals(text, from, StringComparison.Ordinal)) switch
        {
            (true, true) => "<=",
            (true, false) => "<",
            _ => after ? ">" : ">=",
        };
        var rows = database.PrepareOnce(
            $"SELECT id, value FROM term WHERE log = ?1 AND kind = ?2 AND value >= ?4 AND value {compare} ?3 AND length(value) = ?5"
            + $" ORDER BY value {(descending ? "DESC" : "ASC")}");
        rows.Bind(1, log).Bind(2, (long)kind)
            .Bind(3, [.. prefix, .. Convert.FromHexString(text.Replace("-", "", StringComparison.Ordinal))])
            .Bind(4, prefix).Bind(5, length);
        return new Stream(rows);
    }

    /// <summary>Where a text stands among those of a form: at or before the text returned, or right after it.</summary>
    internal static (string Text, bool After) Bound(string from, string form)
    {
        for (var i = 0; i < form.Length; i++)
        {
            var head = from[..Math.Min(i, from.Length)];
            if (i >= from.Length) return (head + form[i..].Replace('x', '0'), false);
            var allowed = form[i] == 'x' ? Digits : "-";
            if (allowed.Contains(from[i], StringComparison.Ordinal)) continue;
            var next = allowed.FirstOrDefault(c => c > from[i]);
            return next == default
                ? (head + form[i..].Replace('x', 'f'), true)
                : (head + next + form[(i + 1)..].Replace('x', '0'), false);
        }

        return (from[..form.Length], from.Length > form.Length);
    }

    private sealed class Stream : IDisposable
    {
        private readonly Statement _rows;

        public Stream(Statement rows)
        {
            _rows = rows;
            Advance();
        }

        public int Term { get; private set; }

        public string? Text { get; private set; }

        public void Advance()
        {
            var more = _rows.Step();
            (Term, Text) = more ? (checked((int)_rows.Int64(0)), _rows.ReadText(1)) : (0, null);
        }

        public void Dispose() => _rows.Dispose();
    }
}
