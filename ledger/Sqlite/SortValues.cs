namespace JamEmr.Ledger.Sqlite;

/// <summary>The values of the column that is sorted by.</summary>
internal sealed class SortValues
{
    private readonly LedgerConnection _connection;
    private readonly LogHead _log;
    private readonly EntryRows _rows;
    private readonly LedgerSort _sort;
    private readonly string _sql;

    public SortValues(LedgerConnection connection, LogHead log, LedgerSort sort)
    {
        (_connection, _log, _sort, _rows) = (connection, log, sort, new EntryRows(connection, log));
        var column = sort switch
        {
            LedgerSort.Record => "record_id",
            LedgerSort.Correlation => "correlation",
            _ => NameOf(ColumnOf(sort)),
        };
        _sql = $"SELECT {column} FROM entry WHERE log = ?1 AND idx = ?2";
    }

    /// <summary>The column kept as terms that a sort is by.</summary>
    public static Column ColumnOf(LedgerSort sort) => sort switch
    {
        LedgerSort.Event => Column.Event,
        LedgerSort.Category => Column.Category,
        LedgerSort.Action => Column.Action,
        LedgerSort.Outcome => Column.Outcome,
        LedgerSort.Actor => Column.Actor,
        LedgerSort.ActorKind => Column.ActorKind,
        LedgerSort.Patient => Column.Patient,
        LedgerSort.EntityType => Column.EntityType,
        LedgerSort.Entity => Column.Entity,
        LedgerSort.Address => Column.Address,
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "Records cannot be sorted by this."),
    };

    /// <summary>The name of a column in <c>entry</c>.</summary>
    public static string NameOf(Column column) => Columns.Terms.First(term => term.Kind == column).Name;

    /// <summary>The value of an entry, null for none.</summary>
    /// <exception cref="LedgerDamagedException">There is no such entry.</exception>
    public string? Read(long index) => TryRead(index, out var value)
        ? value
        : throw new LedgerDamagedException(_log.Name, index, $"Log {_log.Name} lacks the columns of record {index}.");

    /// <summary>False when there is no such entry.</summary>
    public bool TryRead(long index, out string? value)
    {
        value = null;
        var row = _connection.Database.Prepare(_sql).Bind(1, _log.Id).Bind(2, index);
        if (!row.Step()) return false;
        var term = 0L;
        if (!row.IsNull(0))
        {
            if (_sort == LedgerSort.Record) value = RecordText(row.Blob(0));
            else if (_sort == LedgerSort.Correlation) value = row.ReadText(0);
            else term = row.Int64(0);
        }

        row.Reset();
        if (term != 0) value = _rows.Text(term);
        return true;
    }

    /// <summary>An id as a text that sorts as the id does.</summary>
    public static string RecordText(ReadOnlySpan<byte> id) => Convert.ToHexStringLower(id);

    /// <summary>The id of <see cref="RecordText"/>.</summary>
    public static byte[] RecordId(string text) => Convert.FromHexString(text);
}
