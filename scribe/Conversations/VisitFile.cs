namespace JamEmr.Scribe.Conversations;

/// <summary>Reads a visit from a file of any kind that the scribe knows.</summary>
public static class VisitFile
{
    private static readonly string[] ClinicianEndings = ["_doctor", "_clinician"];
    private static readonly string[] PatientEndings = ["_patient"];

    /// <summary>
    /// Reads one visit: a transcript; <c>table.csv#3</c> or <c>table.csv#D2N003</c>; either file of a TextGrid pair
    /// (<c>x_doctor.TextGrid</c>, <c>x_patient.TextGrid</c>).
    /// </summary>
    /// <exception cref="VisitFormatException">There is no such file, it cannot be opened, or it is broken. One line says what to do.</exception>
    public static Conversation Read(string pathWithOptionalRow)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathWithOptionalRow);
        var (path, row) = Split(pathWithOptionalRow);
        var file = Path.GetFileName(path);
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".CSV" when row.Length == 0:
                var rows = DialogueTableReader.ReadAll(file, Bytes(path)).Count;
                throw new VisitFormatException(file, "", $"a table of {rows} visits", $"Name one as {file}#1, or by its id");
            case ".CSV":
                return DialogueTableReader.Read(file, Bytes(path), row);
            case ".TEXTGRID":
                return Pair(path);
            case ".WAV" or ".FLAC" or ".MP3" or ".OGG":
                throw new VisitFormatException(file, "", "sound, and this reads text", "Give its transcript");
            default:
                var bytes = Bytes(path);
                if (bytes.AsSpan().StartsWith("File type"u8))
                    return Pair(path);
                return TranscriptReader.Read(file, bytes);
        }
    }

    /// <summary>Reads every visit of a file: all rows of a table, or the one visit of any other.</summary>
    /// <exception cref="VisitFormatException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyList<Conversation> ReadAll(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase)
            ? DialogueTableReader.ReadAll(Path.GetFileName(path), Bytes(path))
            : [Read(path)];
    }

    private static (string Path, string Row) Split(string name)
    {
        var mark = name.LastIndexOf('#');
        return mark <= 0 || File.Exists(name) ? (name, "") : (name[..mark], name[(mark + 1)..].Trim());
    }

    private static Conversation Pair(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        var (own, others) = Ending(stem, ClinicianEndings) is { } clinician ? (clinician, PatientEndings)
            : Ending(stem, PatientEndings) is { } patient ? (patient, ClinicianEndings)
            : throw new VisitFormatException(Path.GetFileName(path), "", "its name does not say whose words it holds",
                "Name the pair x_doctor.TextGrid and x_patient.TextGrid");
        var id = stem[..^own.Length];
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var otherPath = others.Select(other => Path.Combine(folder, id + other + Path.GetExtension(path))).FirstOrDefault(File.Exists)
            ?? throw new VisitFormatException(Path.GetFileName(path), "", $"the other speaker's file {id}{others[0]}.TextGrid is not beside it",
                "Put both files in one folder");
        var (clinicianPath, patientPath) = others == PatientEndings ? (path, otherPath) : (otherPath, path);
        return TextGridReader.Read(id, Path.GetFileName(clinicianPath), Bytes(clinicianPath), Path.GetFileName(patientPath), Bytes(patientPath));
    }

    private static string? Ending(string stem, string[] endings) =>
        Array.Find(endings, ending => stem.Length > ending.Length && stem.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found
            ? stem[^found.Length..]
            : null;

    private static byte[] Bytes(string path)
    {
        var file = Path.GetFileName(path);
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > SourceText.MaxBytes)
                throw new VisitFormatException(file, "", $"larger than {SourceText.MaxBytes >> 20} MB", "Give the transcript of one visit");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new VisitFormatException(file.Length == 0 ? path : file, "", "no such file", "Check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new VisitFormatException(file.Length == 0 ? path : file, "", "it cannot be opened", "Check that it is a file and that you may read it");
        }
    }
}
