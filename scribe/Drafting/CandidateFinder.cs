using System.Text.RegularExpressions;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>Walks through a visit and makes every sentence that its note could have.</summary>
internal sealed partial class CandidateFinder(Conversation conversation)
{
    /// <summary>Least content of a sentence, by who says it.</summary>
    private const double LeastOfPatient = 1.4;
    private const double LeastOfClinician = 1.5;
    private const int Shortest = 3;
    private const int Longest = 48;

    private readonly SectionSorter sorter = new();
    private readonly List<Candidate> found = [];

    /// <summary>All candidates, in order of the visit.</summary>
    public List<Candidate> Find(CancellationToken cancellationToken)
    {
        var clauses = new List<List<Clause>>();
        foreach (var turn in conversation.Turns)
        {
            cancellationToken.ThrowIfCancellationRequested();
            clauses.Add(Clauses.Of(turn));
        }

        Clause? answered = null;
        for (var t = 0; t < clauses.Count; t++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var clause in clauses[t])
            {
                var section = sorter.Sort(clause);
                if (ReferenceEquals(clause, answered) || HasGap(clause))
                    continue;
                if (clause.IsQuestion)
                {
                    if (clause.IsLast && Answer(clauses, t) is { } answer && Pair(clause, answer))
                        answered = answer;
                }
                else if (section is { } known)
                {
                    State(clause, known);
                }
            }
        }

        return found;
    }

    private static Clause? Answer(List<List<Clause>> clauses, int asked) =>
        asked + 1 < clauses.Count && clauses[asked + 1] is [{ IsQuestion: false } first, ..]
        && clauses[asked][0].Turn.Speaker == Speaker.Clinician && first.Turn.Speaker != Speaker.Clinician
            ? first
            : null;

    /// <summary>What could not be heard may have turned the sense: such a clause is left to people.</summary>
    private static bool HasGap(Clause clause) => clause.Lower.Contains("inaudible", StringComparison.Ordinal);

    private bool Pair(Clause question, Clause answer)
    {
        if (Relevance.Of(question.Tokens) + Relevance.Of(answer.Tokens) < LeastOfPatient || question.Tokens.Count > Longest || HasGap(answer))
            return false;
        if (AnswerPairs.Join(question, answer) is not { } text)
            return false;
        var section = sorter.Phase == NoteSection.ObjectiveExam && UnderHands().IsMatch(question.Text) ? NoteSection.ObjectiveExam : NoteSection.Subjective;
        return Add(section, text, [question.Turn, answer.Turn], Relevance.Of(question.Tokens) + Relevance.Of(answer.Tokens));
    }

    private void State(Clause clause, NoteSection section)
    {
        var words = clause.Tokens.Count(token => token.IsWord);
        var score = Relevance.Of(clause.Tokens);
        var clinician = clause.Turn.Speaker == Speaker.Clinician;
        // "Any swelling" on its own is a question without its mark, or the end of a denial: it affirms nothing.
        if (clause.Tokens[0].Norm == "any")
            return;
        if (words is < Shortest or > Longest || Questions.Inside(clause.Tokens) || score < (clinician ? LeastOfClinician : LeastOfPatient))
            return;
        var shifted = clause.Turn.Speaker switch
        {
            // "I have diabetes and depression", read from a chart: whose is plain only from the quotes.
            Speaker.Clinician => Possession().IsMatch(clause.Text) ? null : PersonShift.OfClinician(clause.Text),
            Speaker.Patient => PersonShift.OfPatient(clause.Text),
            _ => null,
        };
        if (shifted is not null && Add(section, PersonShift.Sentence(shifted), [clause.Turn], score))
            return;
        var speaker = clause.Turn.Speaker switch { Speaker.Clinician => "Clinician", Speaker.Patient => "Patient", _ => "Other" };
        Add(section, $"{speaker}: \"{PersonShift.Sentence(clause.Text)}\"", [clause.Turn], score);
    }

    private bool Add(NoteSection section, string text, List<ConversationTurn> turns, double score)
    {
        if (!FaithfulnessCheck.Check(text, turns).Supported)
            return false;
        found.Add(new Candidate(section, text, [.. turns.Select(turn => turn.Number)], score, found.Count));
        return true;
    }

    /// <summary>Asked while examining, not asked about the past.</summary>
    [GeneratedRegex(@"\b(?:hurts?|tender|press|push|pushing|touch|bend|move|twist|squeeze|lift|feel (?:me|this|that|it)|here)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex UnderHands();

    [GeneratedRegex(
        @"(?<![\w'-])i(?:'ve| have| had| get| take| feel like)(?! (?:reviewed|looked|seen|the|your|recommended|ordered|"
        + @"been|here|some of your)\b)(?![\w'-])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Possession();
}
