namespace JamEmr.Scribe.Conversations;

/// <summary>
/// A file that cannot be read as what it claims to be. The message is one line: file, place, what is wrong, what to do.
/// It never repeats the file's content, which may be about a patient.
/// </summary>
public sealed class VisitFormatException : Exception
{
    /// <summary>A problem at a place in a file.</summary>
    /// <param name="file">Name of the file.</param>
    /// <param name="place">Where: "line 12", "byte 36", "row 3"; empty when it is the file as a whole.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="remedy">What to do about it.</param>
    public VisitFormatException(string file, string place, string problem, string remedy)
        : base(place.Length == 0 ? $"{file}: {problem}. {remedy}." : $"{file}, {place}: {problem}. {remedy}.")
    {
        File = file;
        Place = place;
    }

    /// <summary>Name of the file, without its folder.</summary>
    public string File { get; }

    /// <summary>Where in the file; empty when it is the file as a whole.</summary>
    public string Place { get; }
}
