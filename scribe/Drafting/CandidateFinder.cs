using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>Walks through a visit and makes every sentence that its note could have.</summary>
internal sealed class CandidateFinder(Conversation conversation)
{
    /// <summary>Least content of a sentence, by who says it.</summary>
    private const double LeastOfPatient = 1.4;
    private const double LeastOfClinician = 1.5;
    private const int Shortest = 3;
    private const int Longest = 60;

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
                if (ReferenceEquals(clause, answered) || clause.Text.Contains(Conversation.Inaudible, StringComparison.Ordinal))
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

    private bool Pair(Clause question, Clause answer)
    {
        if (Relevance.Of(question.Tokens) + Relevance.Of(answer.Tokens) < LeastOfPatient || question.Tokens.Count > Longest
            || answer.Text.Contains(Conversation.Inaudible, StringComparison.Ordinal))
            return false;
        if (AnswerPairs.Join(question, answer) is not { } text)
            return false;
        var section = sorter.Phase == NoteSection.ObjectiveExam ? NoteSection.ObjectiveExam : NoteSection.Subjective;
        return Add(section, text, [question.Turn, answer.Turn], Relevance.Of(question.Tokens) + Relevance.Of(answer.Tokens));
    }

    private void State(Clause clause, NoteSection section)
    {
        var words = clause.Tokens.Count(token => token.IsWord);
        var score = Relevance.Of(clause.Tokens);
        var clinician = clause.Turn.Speaker == Speaker.Clinician;
        if (words is < Shortest or > Longest || score < (clinician ? LeastOfClinician : LeastOfPatient))
            return;
        var shifted = clause.Turn.Speaker switch
        {
            Speaker.Clinician => PersonShift.OfClinician(clause.Text),
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
}
