using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Encounters;

/// <summary>A person's edits. Who changes a sentence answers for it: its origin becomes the person, it counts as supported, and the turns it
/// was drafted from stay beside it as context.</summary>
internal static class NoteEditing
{
    /// <summary>The most changes of one edit.</summary>
    public const int MaxChanges = 200;

    /// <summary>The most sentences of a note.</summary>
    public const int MaxSentences = 1000;

    private const int MaxText = 2000;

    /// <summary>With an edit applied as the next version.</summary>
    public static EncounterState Edit(EncounterState state, EditNote command, int expectedVersion, Caller caller, DateTimeOffset now)
    {
        if (caller.Kind != ActorKind.User) throw new DomainException(ErrorCode.Forbidden, "Only a person can edit a note.");
        NoteRules.RequireUnsigned(state);
        var current = NoteRules.Latest(state);
        Check.Version(expectedVersion, current.Info.Version);
        if (command.Changes.IsDefaultOrEmpty || command.Changes.Length > MaxChanges)
            throw Check.Invalid("/changes", string.Create(CultureInfo.InvariantCulture, $"An edit has 1 to {MaxChanges} changes."));
        var sentences = current.Sentences.ToBuilder();
        var touched = new HashSet<int>();
        var next = NoteRules.NextNumber(state);
        for (var i = 0; i < command.Changes.Length; i++)
        {
            var change = command.Changes[i] ?? throw Check.Invalid(Pointer(i), "This field is required.");
            if (change.Sentence is { } number) Replace(sentences, change, number, i, touched);
            else Add(sentences, change, next++, i);
        }

        if (sentences.Count > MaxSentences)
            throw Check.Invalid("/changes", string.Create(CultureInfo.InvariantCulture, $"A note has at most {MaxSentences} sentences."));
        return NoteRules.WithVersion(state, sentences.ToImmutable(), new NoteAuthor(caller.ActorId, null, null), EncounterStatus.InReview, now);
    }

    private static void Replace(
        ImmutableArray<NoteSentence>.Builder sentences, SentenceChange change, int number, int index, HashSet<int> touched)
    {
        if (!touched.Add(number)) throw Check.Invalid(Pointer(index, "sentence"), "An edit changes a sentence once.");
        if (change.Section is not null)
            throw Check.Invalid(Pointer(index, "section"), "A sentence stays in its section: remove it here and add it there.");
        var at = -1;
        for (var i = 0; i < sentences.Count && at < 0; i++)
        {
            if (sentences[i].Number == number) at = i;
        }

        if (at < 0) throw Check.Invalid(Pointer(index, "sentence"), "The note has no sentence with this number.");
        if (change.Text is null)
        {
            sentences.RemoveAt(at);
            return;
        }

        var text = Check.Text(change.Text, Pointer(index, "text"), 1, MaxText);
        if (text == sentences[at].Text) throw Check.Invalid(Pointer(index, "text"), "The sentence reads like this already.");
        sentences[at] = sentences[at] with { Text = text, Origin = SentenceOrigin.Person, Supported = true };
    }

    private static void Add(ImmutableArray<NoteSentence>.Builder sentences, SentenceChange change, int number, int index)
    {
        var text = Check.Text(change.Text, Pointer(index, "text"), 1, MaxText);
        var section = change.Section is { } given
            ? Check.Defined(given, Pointer(index, "section"))
            : throw Check.Invalid(Pointer(index, "section"), "An added sentence needs a section.");
        var at = 0;
        while (at < sentences.Count && sentences[at].Section <= section) at++;
        sentences.Insert(at, new NoteSentence(number, section, text, [], SentenceOrigin.Person, true));
    }

    private static string Pointer(int index) => string.Create(CultureInfo.InvariantCulture, $"/changes/{index}");

    private static string Pointer(int index, string field) => $"{Pointer(index)}/{field}";
}
