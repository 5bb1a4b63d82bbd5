using System.Text.Encodings.Web;
using System.Text.Json;
using JamEmr.Api.Http;
using JamEmr.Encounters;

namespace JamEmr.Api.Demo;

/// <summary>Tells a person what happens, and a program what happened.</summary>
internal sealed class DemoReport(TextWriter console)
{
    private static readonly JsonSerializerOptions OneLine = new(ApiJson.Options) { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<DemoStep> _steps = [];

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<DemoStep> Steps => _steps;

    /// <summary>Runs a step, printing its name and time.</summary>
    public async Task<T> StepAsync<T>(string name, Func<Task<T>> step)
    {
        var started = TimeProvider.System.GetTimestamp();
        var result = await step();
        var took = TimeProvider.System.GetElapsedTime(started);
        _steps.Add(new DemoStep(name, Math.Round(took.TotalMilliseconds, 1)));
        await console.WriteLineAsync(FormattableString.Invariant($"{took.TotalMilliseconds,9:F1} ms  {name}"));
        return result;
    }

    /// <summary>Prints the note with the turns each sentence rests on, the trail, and the refusals.</summary>
    public async Task OutcomeAsync(DemoOutcome outcome)
    {
        await console.WriteLineAsync();
        await console.WriteLineAsync($"NOTE  {outcome.Visit}, version {outcome.Note.Version}, {outcome.Turns} turns");
        foreach (var section in outcome.Note.Sentences.GroupBy(s => s.Section).OrderBy(g => g.Key))
        {
            await console.WriteLineAsync();
            await console.WriteLineAsync(Heading(section.Key));
            foreach (var sentence in section)
                await console.WriteLineAsync($"  {sentence.Text}  [{string.Join(", ", sentence.Turns)}]{(sentence.Origin == SentenceOrigin.Person ? " (edited)" : "")}");
        }

        foreach (var addendum in outcome.Note.Addenda)
        {
            await console.WriteLineAsync();
            await console.WriteLineAsync("ADDENDUM");
            await console.WriteLineAsync($"  {addendum.Text}");
        }

        await console.WriteLineAsync();
        await console.WriteLineAsync("TRAIL");
        foreach (var step in outcome.Trail.Steps)
            await console.WriteLineAsync($"  {step.At:HH:mm:ss.fff}  {step.Event,-28} {step.ContentHash?[..12],-12}  {step.ModelId ?? ""}");
        await console.WriteLineAsync();
        await console.WriteLineAsync("REFUSED");
        foreach (var refusal in outcome.Refusals) await console.WriteLineAsync($"  {refusal.Status} {refusal.Code,-18} {refusal.What}");
        await console.WriteLineAsync();
        await console.WriteLineAsync($"AUDIT  {outcome.AuditTotal} records, root {outcome.LedgerRoot[..16]}…");
        foreach (var (code, count) in outcome.AuditByEvent.OrderBy(p => p.Key, StringComparer.Ordinal)) await console.WriteLineAsync($"  {count,5}  {code}");
    }

    /// <summary>The one JSON line.</summary>
    public Task JsonLineAsync(DemoOutcome outcome) => console.WriteLineAsync(JsonSerializer.Serialize(
        new
        {
            outcome.Visit,
            outcome.Encounter,
            outcome.Turns,
            outcome.Steps,
            TotalMilliseconds = Math.Round(outcome.Steps.Sum(s => s.Milliseconds), 1),
            Note = new { outcome.Note.Version, outcome.Note.TextHash, outcome.Note.HistoryHash, outcome.Note.Signature, outcome.Note.Addenda, Text = Text(outcome.Note) },
            Sentences = outcome.Note.Sentences.Select(s => new { s.Section, s.Text, s.Turns, s.Origin }),
            Trail = outcome.Trail.Steps,
            Audit = new { Total = outcome.AuditTotal, ByEvent = outcome.AuditByEvent, outcome.LedgerRoot },
            outcome.Refusals,
        },
        OneLine));

    /// <summary>Where to go on from here.</summary>
    public async Task SignInsAsync(string address, IReadOnlyList<DemoPerson> people, string practice)
    {
        await console.WriteLineAsync();
        await console.WriteLineAsync($"Serving at {address} (self-signed certificate; Ctrl-C stops). Sign in with POST {address}/v1/sessions, practice \"{practice}\", the password,");
        await console.WriteLineAsync("and as code what an authenticator shows that was given the secret:");
        foreach (var person in people) await console.WriteLineAsync($"  {person.Role,-18} {person.Login,-12} {person.Password}  {person.Secret ?? "none"}");
    }

    private static string Heading(NoteSection section) => section switch
    {
        NoteSection.Subjective => "SUBJECTIVE",
        NoteSection.ObjectiveExam => "OBJECTIVE EXAM",
        NoteSection.ObjectiveResults => "OBJECTIVE RESULTS",
        _ => "ASSESSMENT AND PLAN",
    };

    private static string Text(NoteRecord note) => string.Join(
        "\n\n",
        note.Sentences.GroupBy(s => s.Section).OrderBy(g => g.Key).Select(g => Heading(g.Key) + "\n" + string.Join('\n', g.Select(s => s.Text))));
}
