namespace JamEmr.Ledger.Sqlite;

/// <summary>Reads rows of <c>entry</c> and the leaves that belong to them, within one transaction.</summary>
internal sealed class EntryRows(LedgerConnection connection, LogHead log)
{
    /// <summary>The columns of a query whose rows <see cref="ReadColumns"/> understands.</summary>
    public const string Select = "e.idx, e.record_id, e.time, e.correlation, e.event, e.category, e.action, e.outcome, e.actor,"
        + " e.actor_kind, e.patient, e.entity_type, e.entity, e.address";

    private const int FirstTerm = 4;
    private const int MostTerms = 100_000;

    private readonly Dictionary<long, byte[]?[]?> _bundles = [];

    /// <summary>The entry at an index, or null where there is none.</summary>
    public LedgerEntry? TryReadEntry(long index)
    {
        var row = connection.Database.Prepare($"SELECT {Select} FROM entry e WHERE e.log = ?1 AND e.idx = ?2").Bind(1, log.Id).Bind(2, index);
        var columns = row.Step() ? ReadColumns(row) : null;
        row.Reset();
        if (columns is null) return null;
        return new LedgerEntry(index, columns, ReadBody(index)
            ?? throw new LedgerDamagedException(log.Name, index, $"Log {log.Name} lacks the bytes of record {index}."));
    }

    /// <summary>The entry at an index.</summary>
    public LedgerEntry ReadEntry(long index) => TryReadEntry(index)
        ?? throw new LedgerDamagedException(log.Name, index, $"Log {log.Name} lacks the columns of record {index}.");

    public LedgerColumns ReadColumns(Statement row)
    {
        var terms = new string?[Columns.Terms.Length];
        for (var i = 0; i < terms.Length; i++) terms[i] = row.IsNull(FirstTerm + i) ? null : Text(row.Int64(FirstTerm + i));
        return new LedgerColumns
        {
            RecordId = new Guid(row.Blob(1), bigEndian: true),
            Time = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(2)),
            CorrelationId = row.ReadText(3),
            EventCode = terms[0] ?? "",
            Category = terms[1],
            Action = terms[2],
            Outcome = terms[3],
            ActorId = terms[4],
            ActorKind = terms[5],
            PatientId = terms[6],
            EntityType = terms[7],
            EntityId = terms[8],
            Address = terms[9],
        };
    }

    /// <summary>The leaf at an index, or null where it is missing or unreadable.</summary>
    public byte[]? ReadBody(long index)
    {
        var number = index / Bundle.Count;
        if (!_bundles.TryGetValue(number, out var bundle)) _bundles[number] = bundle = ReadBundle(number);
        return bundle is null ? ReadTail(index) : bundle[index % Bundle.Count];
    }

    private byte[]? ReadTail(long index)
    {
        var row = connection.Database.Prepare("SELECT body FROM tail WHERE log = ?1 AND idx = ?2").Bind(1, log.Id).Bind(2, index);
        var body = row.Step() ? row.Blob(0).ToArray() : null;
        row.Reset();
        return body;
    }

    private byte[]?[]? ReadBundle(long number)
    {
        var row = connection.Database.Prepare("SELECT bodies FROM bundle WHERE log = ?1 AND n = ?2").Bind(1, log.Id).Bind(2, number);
        try
        {
            return row.Step() ? Bundle.Decode(row.Blob(0)) : null;
        }
        catch (FormatException)
        {
            return new byte[]?[Bundle.Count];
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>The text of a term.</summary>
    public string Text(long term)
    {
        if (connection.TermTexts.TryGetValue(term, out var known)) return known;
        var row = connection.Database.Prepare("SELECT value FROM term WHERE id = ?1").Bind(1, term);
        var text = row.Step() ? row.ReadText(0) : null;
        row.Reset();
        if (text is null) throw new FormatException($"Term {term} is missing.");
        if (connection.TermTexts.Count >= MostTerms) connection.TermTexts.Clear();
        return connection.TermTexts[term] = text;
    }
}
