using System.Globalization;
using System.Text.RegularExpressions;
using JamEmr.Scribe.Drafting;

namespace JamEmr.Tests.Unit.Scribe;

/// <summary>Visits put together at random, with what is true of each finding known: no draft may turn it or change a number.</summary>
public partial class DraftPropertyTests
{
    private static readonly string[] Findings =
    [
        "fever", "chills", "nausea", "a rash", "dizziness", "a headache", "back pain", "chest pain", "numbness", "constipation", "diarrhea",
        "heartburn", "wheezing", "palpitations", "swelling", "blurry vision", "a sore throat", "neck pain", "tremors", "a cough", "joint pain",
    ];

    [Fact]
    public async Task Given_random_visits_When_drafted_Then_no_finding_is_turned_and_no_number_changed()
    {
        var drafter = new ExtractiveDrafter();
        var mentioned = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var (lines, truth) = Visit(new Random(seed));
            var visit = Texts.Visit([.. lines]);
            var note = Assert.Single(await drafter.DraftAsync([visit], TestContext.Current.CancellationToken));
            DraftChecks.AssertFaithful(visit, note);
            foreach (var sentence in note.Sentences)
            {
                foreach (var (finding, (present, number)) in truth)
                {
                    var at = Regex.Match(sentence.Text, $@"\b{finding}\b", RegexOptions.IgnoreCase);
                    if (!at.Success)
                        continue;
                    mentioned++;
                    var before = sentence.Text[..at.Index];
                    // "No, I have a rash": the first word answers someone and denies nothing.
                    before = Particle().Replace(before, "");
                    before = before[(Math.Max(before.LastIndexOf("but", StringComparison.Ordinal), before.LastIndexOf("and the patient has", StringComparison.Ordinal)) + 1)..];
                    Assert.True(present != Denial().IsMatch(before), $"seed {seed}: {finding} is {(present ? "there" : "not there")}: {sentence.Text}");
                    if (number is not null && sentence.Text.Contains("days", StringComparison.Ordinal))
                        Assert.Contains($"{finding} for {number} days", sentence.Text, StringComparison.Ordinal);
                }
            }
        }

        Assert.InRange(mentioned, 2_000, int.MaxValue);
    }

    private static (List<string> Lines, Dictionary<string, (bool Present, string? Number)> Truth) Visit(Random random)
    {
        var findings = Findings.ToArray();
        random.Shuffle(findings);
        var next = 0;
        var lines = new List<string>();
        var truth = new Dictionary<string, (bool, string?)>(StringComparer.Ordinal);
        string Say(bool present, string? number = null)
        {
            var finding = findings[next++];
            truth[finding.StartsWith("a ", StringComparison.Ordinal) ? finding[2..] : finding] = (present, number);
            return finding;
        }

        while (next + 3 < findings.Length)
        {
            var days = random.Next(2) == 0 ? random.Next(2, 90).ToString(CultureInfo.InvariantCulture) : new[] { "three", "twenty one", "ten", "a hundred" }[random.Next(4)];
            switch (random.Next(11))
            {
                case 0: lines.Add($"P: I have {Say(true)}."); break;
                case 1: lines.Add($"P: um, i do n't have {Say(false)} , no ."); break;
                case 2: lines.Add($"P: I've had {Say(true, days)} for {days} days."); break;
                case 3: lines.Add($"P: I have {Say(true)} but no {Say(false)}."); break;
                case 4: lines.Add($"P: I don't have {Say(false)} or {Say(false)}, but I do have {Say(true)}."); break;
                case 5: lines.AddRange([$"D: Any {Say(false)}?", "P: No."]); break;
                case 6: lines.AddRange([$"D: Do you have {Say(true)}?", "P: Yes, I do."]); break;
                case 7: lines.AddRange([$"D: okay and have you had any {Say(false)} or {Say(false)}", "P: uh no i have not"]); break;
                case 8: lines.Add($"P: No, I have {Say(true)}."); break;
                case 9: lines.Add($"P: i have never had {Say(false)} and i have {Say(true, days)} for {days} days now"); break;
                default: lines.Add($"P: There's no {Say(false)} and there's no {Say(false)}."); break;
            }
        }

        return (lines, truth);
    }

    [GeneratedRegex(@"^(?:Patient: "")?No, ", RegexOptions.None)]
    private static partial Regex Particle();

    [GeneratedRegex(@"\b(?:no|not|never|denies)\b|n't\b", RegexOptions.IgnoreCase)]
    private static partial Regex Denial();
}
