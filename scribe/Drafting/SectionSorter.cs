using System.Text.RegularExpressions;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>
/// Says where a clause belongs. A visit goes through history, examination, results and plan; a clinician's words usually say which one
/// they are part of, and where they do not, the last one that did holds.
/// </summary>
internal sealed partial class SectionSorter
{
    /// <summary>Part of the visit that the last clear words belonged to.</summary>
    public NoteSection Phase { get; private set; } = NoteSection.Subjective;

    /// <summary>The clause's section, or null when it belongs in no note (an announcement, a courtesy).</summary>
    public NoteSection? Sort(Clause clause)
    {
        var text = clause.Lower;
        if (clause.Turn.Speaker != Speaker.Clinician)
        {
            // "That hurts", said under the clinician's hands, is a finding.
            return Phase == NoteSection.ObjectiveExam && clause.Tokens.Count <= 8 && Hurts().IsMatch(text) ? Phase : NoteSection.Subjective;
        }

        if (StartsExam().IsMatch(text))
            Phase = NoteSection.ObjectiveExam;
        else if (StartsPlan().IsMatch(text))
            Phase = NoteSection.AssessmentAndPlan;
        if (clause.IsQuestion)
            return null;
        if (Courtesy().IsMatch(text))
            return null;
        if (Introduces().IsMatch(text))
            return NoteSection.Subjective;
        if (LetUs().IsMatch(text) || (Announces().IsMatch(text) && !Finds().IsMatch(text)))
        {
            Phase = ResultWords().IsMatch(text) ? NoteSection.ObjectiveResults : NoteSection.ObjectiveExam;
            return null;
        }

        if (Plans().IsMatch(text) && !StartsExam().IsMatch(text))
            return Phase = NoteSection.AssessmentAndPlan;
        if (ResultWords().IsMatch(text) && Finds().IsMatch(text))
            return Phase = NoteSection.ObjectiveResults;
        if (ExamWords().IsMatch(text) && Finds().IsMatch(text))
            return Phase = NoteSection.ObjectiveExam;
        if (Judges().IsMatch(text) && Phase != NoteSection.Subjective)
            return Phase = NoteSection.AssessmentAndPlan;
        if (Phase == NoteSection.Subjective && ExamWords().IsMatch(text) && SeesNow().IsMatch(text))
            return Phase = NoteSection.ObjectiveExam;
        return Phase;
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\b(?:hurts?|sore|tender|painful|pain)\b", Options)]
    private static partial Regex Hurts();

    [GeneratedRegex(
        @"^let(?:'s| me| us) (?:just |go ahead and |also |quickly )*(?:take|look|review|do|examine|check|listen|talk|"
        + @"go over|see|have a)\b(?!.*\b(?:shows?|showed|mg|milligrams?)\b)", Options)]
    private static partial Regex LetUs();

    [GeneratedRegex(
        @"\b(?:thank you|thanks|nice to (?:see|meet)|good (?:morning|afternoon|to see)|have a (?:great|good|nice)|"
        + @"take care|any (?:other )?questions|does that sound|sounds? good|how are you|my name is|show me|finalize|"
        + @"come with me|order the (?:medication|procedure)s?|(?:nurse|assistant) will|check(?:ed)? out|i understand|"
        + @"i know (?:it|that|how)|sorry|glad|great job|bye)\b", Options)]
    private static partial Regex Courtesy();

    [GeneratedRegex(
        @"\b(?:year[- ]old|(?:past|medical|family|surgical) history|history of|you (?:said|mentioned|told|noted)|(?:here|"
        + @"in) (?:today )?(?:for|with|because|to)|presents|come in (?:today )?(?:for|with|because)|"
        + @"so (?:it sounds like )?you(?:'ve| have) been|since (?:the|your) last|last time|saw you)\b", Options)]
    private static partial Regex Introduces();

    [GeneratedRegex(
        @"\b(?:physical exam|on (?:your |the )?(?:physical )?exam|(?:do|go over) (?:a |your |the )?(?:quick |little |"
        + @"brief )?(?:physical )?exam|examine you|vital signs|your vitals|auscultation|take a (?:quick )?(?:listen|"
        + @"look at (?:you|it|that|the|your))|listen to your (?:heart|lungs|chest))\b", Options)]
    private static partial Regex StartsExam();

    [GeneratedRegex(
        @"\b(?:my (?:plan|impression|assessment|recommendation)|(?:your|the) diagnosis|in summary|assessment|(?:for|about|"
        + @"regarding|as far as) (?:your|the) (?:first|second|third|fourth|last|next)|so for your|first problem|"
        + @"what (?:i'd like|i want|we're going|i think))\b", Options)]
    private static partial Regex StartsPlan();

    [GeneratedRegex(
        @"\b(?:let(?:'s| me| us)|i(?:'m| am| will|'ll| want| wanna| would|'d)(?: just)?(?: like| going| gonna|"
        + @" want)?(?: to)?(?: just)?(?: go ahead and)?(?: do| take| listen| look| check| examine| press| feel| review|"
        + @" have| bend| see| go over| call out))\b.*\b(?:exam|look|listen|check|examine|press|feel|maneuvers|x-?rays?|"
        + @"results?|labs?|bend|findings)\b", Options)]
    private static partial Regex Announces();

    [GeneratedRegex(
        @"\b(?:no|not|normal|clear|shows?|showed|shown|reveal(?:s|ed)?|looks?|appears?|there(?:'s| is| are)|you have|"
        + @"you do have|you've got|slight|mild|moderate|some|is|are|was|were|came back|positive|negative|tender(?:ness)?|"
        + @"appreciate|intact|within|elevated|decreased|increased|good|regular|consistent|i (?:see|hear|feel|noticed?))\b", Options)]
    private static partial Regex Finds();

    [GeneratedRegex(
        @"\b(?:x-?rays?|mri|ct|cat scan|ultrasound|echo(?:cardiogram)?|ekg|ecg|labs?|lab work|blood work|results?|a1c|"
        + @"hemoglobin|hematocrit|biopsy|creatinine|white (?:blood )?(?:cell )?count|platelets?|urinalysis|imaging|"
        + @"ejection fraction|cholesterol (?:is|was|level)|pulmonary function|d-dimer|troponin|cultures?|stress test|"
        + @"liver enzymes|swab|tests? (?:came|was|were|is|are|showed|shows)|came back)\b", Options)]
    private static partial Regex ResultWords();

    [GeneratedRegex(
        @"\b(?:exam|auscultation|tender(?:ness)?|palpat\w+|range of motion|murmurs?|lungs?|heart|edema|swelling|swollen|"
        + @"bruis\w+|erythema\w*|redness|reflexes|strength|sensation|pulses?|vitals?|vital signs|blood pressure|temperature|"
        + @"oxygen|respirations?|heart rate|appreciate|rales|rhonchi|wheez\w+|crackles|bruits?|abdomen|belly|straight leg|"
        + @"gait|conjunctiva|thyroid\w*|lymph|nodes|distress|pharynx|tonsils|nares|throat|ears?|eyes|skin|bilaterally|"
        + @"flexion|extension|varus|valgus|ecchymosis|effusion|deformity|jvd|distension|guarding|rebound|neck|legs?|"
        + @"extremities)\b", Options)]
    private static partial Regex ExamWords();

    [GeneratedRegex(
        @"\b(?:i(?:'m| am) (?:going to|gonna|prescribing|ordering|referring|recommending|putting|starting|sending)|"
        + @"i(?:'ll| will)|we(?:'ll| will)|we(?:'re| are) (?:going to|gonna)|i(?:'d| would)(?: also| really|"
        + @" still)? (?:like|recommend|suggest|prefer|want)|i(?: also| just| do)? want(?:na| to| you)?|i wanna|recommend\w*|"
        + @"prescri\w+|refer(?:ral|red)?|follow[- ]?up|come back|(?:we|you) (?:should|could|can|need to|may)|you'll|"
        + @"continue|keep (?:taking|using|on)|let's (?:go ahead|start|continue|get|order|do|keep|increase|decrease|try|have|"
        + @"plan|make|put)|schedule|increase your|decrease your|call (?:me|us|the)|if (?:it|you|your|the|that|this|symptoms|"
        + @"things)|go to the (?:er|emergency)|in the meantime|physical therapy|refills?|plan)\b", Options)]
    private static partial Regex Plans();

    [GeneratedRegex(
        @"\b(?:i (?:do )?(?:think|believe|suspect|feel)|consistent with|likely|probably|diagnosis|assessment|impression|"
        + @"due to|caused? by|sounds like|suggests?|related to|seems? (?:like|to)|well[- ]controlled|doing well|stable)\b", Options)]
    private static partial Regex Judges();

    [GeneratedRegex(
        @"\b(?:i (?:see|hear|feel|notice|appreciate|don't (?:see|hear|feel|appreciate))|there(?:'s| is| are)|"
        + @"you (?:do )?have (?:some|a little|no)|your (?:heart|lungs|belly|abdomen|blood pressure|temperature|pulse|oxygen|"
        + @"skin|throat|ears?|neck) (?:is|are|looks?|sounds?))\b", Options)]
    private static partial Regex SeesNow();
}
