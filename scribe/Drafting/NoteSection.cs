namespace JamEmr.Scribe.Drafting;

/// <summary>The four divisions of a visit note, in the order in which they stand.</summary>
public enum NoteSection
{
    /// <summary>What the patient reports, and the history.</summary>
    Subjective,

    /// <summary>What the clinician finds on examination.</summary>
    ObjectiveExam,

    /// <summary>Results of tests and imaging.</summary>
    ObjectiveResults,

    /// <summary>What the clinician thinks it is and what will be done.</summary>
    AssessmentAndPlan,
}

/// <summary>Headings of the sections.</summary>
public static class NoteSections
{
    /// <summary>All sections in order.</summary>
    public static IReadOnlyList<NoteSection> All { get; } = Enum.GetValues<NoteSection>();

    /// <summary>The line that stands over a section.</summary>
    public static string Heading(NoteSection section) => section switch
    {
        NoteSection.Subjective => "SUBJECTIVE",
        NoteSection.ObjectiveExam => "PHYSICAL EXAM",
        NoteSection.ObjectiveResults => "RESULTS",
        NoteSection.AssessmentAndPlan => "ASSESSMENT AND PLAN",
        _ => throw new ArgumentOutOfRangeException(nameof(section), section, "No such section."),
    };
}
