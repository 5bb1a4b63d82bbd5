using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Sqlite;

/// <summary>Checks that questions find every entry of a complete epoch: that what was written when it was sealed says what its rows say.</summary>
internal sealed class EpochCheck(Database database, long log)
{
    private static readonly string SelectRows =
        $"SELECT idx, record_id, time, correlation, {string.Join(", ", Columns.Terms.Select(term => term.Name))} FROM entry"
        + " WHERE log = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx";

    private readonly Facet[] _facets = [.. Enumerable.Range(0, FacetKey.Day).Select(_ => new Facet())];
    private readonly ulong?[] _keys = new ulong?[Schema.Epoch];

    /// <summary>The first entry that a question would miss, or null.</summary>
    public Finding? Run(long epoch)
    {
        var start = epoch * Schema.Epoch;
        if (!TryReadFacets(epoch, out var lacking)) return NotFound(start, lacking);
        var (first, last, firstId, lastId) = ReadRanges(epoch);
        var rows = database.Prepare(SelectRows).Bind(1, log).Bind(2, start).Bind(3, start + Schema.Epoch);
        try
        {
            while (rows.Step())
            {
                var (index, time) = (rows.Int64(0), rows.Int64(2));
                var position = (int)(index - start);
                if (time < first || time > last) return NotFound(index, "its time");
                if (rows.Blob(1).SequenceCompareTo(firstId) < 0 || rows.Blob(1).SequenceCompareTo(lastId) > 0) return NotFound(index, "its id");
                if (_keys[position] != (rows.ReadText(3) is { } text ? CorrelationRun.Key(text) : null)) return NotFound(index, "its correlation id");
                for (var i = 0; i < Columns.Terms.Length; i++)
                {
                    if (!Has(_facets[i], position, rows.Int64(4 + i))) return NotFound(index, $"its {Columns.Terms[i].Name}");
                }

                if (!Has(_facets[^1], position, Columns.DayNumber(time))) return NotFound(index, "its day");
            }

            return null;
        }
        finally
        {
            rows.Reset();
        }
    }

    private static bool Has(Facet facet, int position, long term)
    {
        var code = facet.Code(position);
        return code == 0 ? term == 0 : code <= facet.Count && facet.Terms[code - 1] == term;
    }

    private static Finding NotFound(long index, string by) =>
        new(FindingKind.IndexDiffers, index, $"Record {index} is not found by {by}.");

    private bool TryReadFacets(long epoch, out string lacking)
    {
        lacking = "";
        try
        {
            for (var i = 0; i < _facets.Length; i++)
            {
                lacking = i < Columns.Terms.Length ? $"its {Columns.Terms[i].Name}" : "its day";
                var key = FacetKey.Of(log, epoch, i + 1);
                Facets.ReadTerms(database, key, _facets[i]);
                Facets.ReadCodes(database, key, _facets[i]);
                if (i < Columns.Terms.Length && !IsInOrder(epoch, Columns.Terms[i].Kind, _facets[i])) return false;
            }

            lacking = "its correlation id";
            return TryReadRun(epoch);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private bool IsInOrder(long epoch, Column column, Facet facet)
    {
        string? before = null;
        foreach (var code in FacetOrder.Read(database, log, epoch, column, facet.Count))
        {
            // A term that is gone says nothing of the order; the verifier finds what lacks it.
            if (Text(facet.Terms[code - 1]) is not { } text) continue;
            if (before is not null && Utf8Order.Instance.Compare(before, text) >= 0) return false;
            before = text;
        }

        return true;
    }

    private string? Text(int term)
    {
        var row = database.Prepare("SELECT value FROM term WHERE id = ?1").Bind(1, term);
        var text = row.Step() ? row.ReadText(0) : null;
        row.Reset();
        return text;
    }

    // A run is searched by its order, so one that is out of order hides what is in it.
    private bool TryReadRun(long epoch)
    {
        Array.Clear(_keys);
        var directory = CorrelationRun.ReadDirectory(database, log, epoch);
        var before = 0UL;
        for (var number = 0; number < directory.Length; number++)
        {
            var block = CorrelationRun.ReadBlock(database, log, epoch, number);
            if (block.Length == 0 || block[0].Key != directory[number]) return false;
            foreach (var (key, position) in block)
            {
                if (key < before) return false;
                before = key;
                _keys[position] = key;
            }
        }

        return true;
    }

    private (long First, long Last, byte[] FirstId, byte[] LastId) ReadRanges(long epoch)
    {
        var row = database.Prepare("SELECT first, last, first_id, last_id FROM epoch WHERE log = ?1 AND epoch = ?2").Bind(1, log).Bind(2, epoch);
        var ranges = row.Step()
            ? (row.Int64(0), row.Int64(1), row.Blob(2).ToArray(), row.Blob(3).ToArray())
            : (long.MaxValue, long.MinValue, [], []);
        row.Reset();
        return ranges;
    }
}
