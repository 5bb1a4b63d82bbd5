using System.Globalization;
using CsvHelper;

namespace JamEmr.Scribe.Conversations;

/// <summary>
/// Tables (RFC 4180) with one visit a row: a column <c>dialogue</c> holding a transcript with marked speakers and a column
/// <c>encounter_id</c> (or <c>id</c>), as ACI-Bench publishes them.
/// </summary>
public static class DialogueTableReader
{
    private const string Remedy = "Give a csv with the columns encounter_id and dialogue";
    private static readonly string[] IdNames = ["encounter_id", "id"];
    private static readonly string[] DialogueNames = ["dialogue", "src"];

    private static readonly CsvReaderOptions Strict = new()
    {
        Separator = ',',
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
        TrackLineNumbers = true,
        IncludeValuesInExceptions = false,
        FormatProvider = CultureInfo.InvariantCulture,
    };

    /// <summary>Reads every row.</summary>
    /// <exception cref="VisitFormatException">The table, or a row of it, is broken.</exception>
    public static IReadOnlyList<Conversation> ReadAll(string file, ReadOnlySpan<byte> content) =>
        [.. Rows(file, SourceText.Decode(file, content)).Select(row => Parse(file, row))];

    /// <summary>Reads one row: by its number from 1, or by its id.</summary>
    /// <exception cref="VisitFormatException">The table is broken or has no such row.</exception>
    public static Conversation Read(string file, ReadOnlySpan<byte> content, string rowNumberOrId)
    {
        var rows = Rows(file, SourceText.Decode(file, content));
        var found = rows.Find(row => string.Equals(row.Id, rowNumberOrId, StringComparison.OrdinalIgnoreCase));
        if (found is null && int.TryParse(rowNumberOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1 && number <= rows.Count)
            found = rows[number - 1];
        return found is not null
            ? Parse(file, found)
            : throw new VisitFormatException(file, "", $"no such row; it has {rows.Count}", $"Name one as {file}#1, or by its id");
    }

    private static Conversation Parse(string file, Row row) => TranscriptReader.Parse(file, row.Id, row.Dialogue, $"row {row.Number}, ");

    private static List<Row> Rows(string file, string text)
    {
        var rows = new List<Row>();
        try
        {
            using var csv = CsvReader.FromText(text, Strict);
            csv.ReadHeader();
            if (csv.Headers.Count == 0)
                throw new VisitFormatException(file, "", "an empty table", Remedy);
            var id = Column(csv, IdNames);
            var dialogue = Column(csv, DialogueNames);
            if (id < 0 || dialogue < 0)
                throw new VisitFormatException(file, "line 1", $"no column {(dialogue < 0 ? "dialogue" : "encounter_id")}", Remedy);
            while (csv.Read())
                rows.Add(new Row(rows.Count + 1, csv.GetString(id).Trim(), csv.GetString(dialogue)));
        }
        catch (CsvFormatException e)
        {
            throw new VisitFormatException(file, $"line {Math.Max(1, e.LineNumber)}", "broken csv: a stray or unclosed quote, or not as many fields as the first line names",
                "Write it again as RFC 4180 csv");
        }

        return rows.Count > 0 ? rows : throw new VisitFormatException(file, "", "a table without rows", Remedy);
    }

    private static int Column(CsvReader csv, string[] names)
    {
        foreach (var name in names)
        {
            if (csv.TryGetFieldIndex(name, out var index))
                return index;
        }

        return -1;
    }

    private sealed record Row(int Number, string Id, string Dialogue);
}
