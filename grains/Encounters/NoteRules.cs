using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Inference;

namespace JamEmr.Encounters;

/// <summary>DESIGN.md, "A note's life": drafting, signing and adding to a note. Editing is in <see cref="NoteEditing"/>.</summary>
internal static class NoteRules
{
    /// <summary>The most versions of a note.</summary>
    public const int MaxVersions = 500;

    /// <summary>The most addenda of a note.</summary>
    public const int MaxAddenda = 200;

    /// <summary>Whether a draft may be made: from a conversation, and again as long as no person has edited.</summary>
    public static EncounterState Draftable(EncounterState state)
    {
        RequireUnsigned(state);
        EncounterRules.RequireConsent(state.Record);
        if (state.Record.Status == EncounterStatus.InReview)
            throw new DomainException(ErrorCode.Conflict, "A person has edited this note: it is not drafted again.");
        if (state.Turns.IsEmpty) throw new DomainException(ErrorCode.Conflict, "Nothing has been said yet: there is nothing to draft from.");
        return state;
    }

    /// <summary>With a draft as the next version. A sentence the draft before had too keeps its number.</summary>
    public static EncounterState Draft(EncounterState state, DraftResult draft, DateTimeOffset now)
    {
        var next = NextNumber(state);
        var known = (state.Versions.IsEmpty ? [] : state.Versions[^1].Sentences).ToList();
        var sentences = ImmutableArray.CreateBuilder<NoteSentence>(draft.Sentences.Length);
        foreach (var sentence in draft.Sentences.OrderBy(s => s.Section))
        {
            var before = known.Find(k => k.Section == sentence.Section && k.Text == sentence.Text && k.Turns.SequenceEqual(sentence.Turns));
            if (before is not null) known.Remove(before);
            sentences.Add(sentence with { Number = before?.Number ?? next++ });
        }

        return WithVersion(state, sentences.MoveToImmutable(), new NoteAuthor(null, draft.ModelId, draft.ModelHash), EncounterStatus.Drafted, now);
    }

    /// <summary>With the signature; null when this version is signed already by the same person.</summary>
    /// <exception cref="DomainException">The order of checks is: who, whether signed, which version, which sentences. A person who may not sign
    /// learns nothing of the note.</exception>
    public static EncounterState? Sign(EncounterState state, Caller caller, int expectedVersion, DateTimeOffset now)
    {
        var responsible = caller.Kind == ActorKind.User && caller.ActorId == state.Record.Clinician ? Relation.Responsible : Relation.None;
        // Whether the chart is restricted is judged before, for all that is done with an encounter.
        if (!PolicyTable.Holds(Permission.SignNote, responsible | Relation.Unrestricted))
            throw new DomainException(ErrorCode.Forbidden, "Only the clinician responsible for the encounter can sign its note.");
        if (state.Signature is { } signature) return signature.Version == expectedVersion ? null : throw Signed();
        var version = Latest(state);
        Check.Version(expectedVersion, version.Info.Version);
        if (version.Sentences.IsEmpty) throw new DomainException(ErrorCode.Conflict, "An empty note cannot be signed.");
        RequireSupported(version.Sentences);
        return state with
        {
            Signature = new NoteSignature(caller.ActorId, now, expectedVersion, version.Info.HistoryHash),
            Record = EncounterRules.Next(state.Record) with { Status = EncounterStatus.Signed },
        };
    }

    /// <summary>With an addendum; null when the same is there already.</summary>
    public static EncounterState? Addend(EncounterState state, Guid id, AddAddendum command, Caller caller, DateTimeOffset now)
    {
        var text = Check.Text(command.Text, "/text", 1, 4000, multiline: true);
        if (caller.Kind != ActorKind.User) throw new DomainException(ErrorCode.Forbidden, "Only a person can add to a signed note.");
        if (state.Signature is null) throw new DomainException(ErrorCode.Conflict, "The note is not signed yet: edit it instead.");
        if (state.Addenda.FirstOrDefault(a => a.Id == id) is { } known)
        {
            return known.Text == text && known.Author == caller.ActorId
                ? null
                : throw new DomainException(ErrorCode.Conflict, "Another addendum has this identifier.");
        }

        if (state.Addenda.Length >= MaxAddenda) throw new DomainException(ErrorCode.Conflict, "This note has as many addenda as a note can.");
        return state with
        {
            Addenda = state.Addenda.Add(new Addendum(id, caller.ActorId, now, text, NoteText.Hash(text))),
            Record = EncounterRules.Next(state.Record) with { Status = EncounterStatus.Addended },
        };
    }

    /// <summary>With a further version of the note, its hashes and what it changed.</summary>
    public static EncounterState WithVersion(
        EncounterState state, ImmutableArray<NoteSentence> sentences, NoteAuthor author, EncounterStatus status, DateTimeOffset now)
    {
        if (state.Versions.Length >= MaxVersions) throw new DomainException(ErrorCode.Conflict, "This note has as many versions as a note can.");
        var before = state.Versions.IsEmpty ? null : state.Versions[^1];
        var number = state.Versions.Length + 1;
        var textHash = NoteText.TextHash(sentences);
        var old = (before?.Sentences ?? []).ToDictionary(s => s.Number);
        var present = sentences.Select(s => s.Number).ToHashSet();
        var info = new NoteVersionInfo(
            number,
            author,
            now,
            textHash,
            NoteText.HistoryHash(
                before?.Info.HistoryHash ?? NoteText.Beginning(state.Record.Id, state.Record.Patient), number, textHash, author, now),
            [.. sentences.Where(s => !old.ContainsKey(s.Number)).Select(s => s.Number)],
            [.. sentences.Where(s => old.TryGetValue(s.Number, out var o) && o.Text != s.Text).Select(s => s.Number)],
            [.. old.Keys.Where(n => !present.Contains(n)).Order()]);
        return state with
        {
            Versions = state.Versions.Add(new NoteVersion(info, sentences)),
            Record = EncounterRules.Next(state.Record) with { Status = status, NoteVersion = number },
        };
    }

    /// <summary>A version as it is shown; signature and addenda belong to the version signed.</summary>
    public static NoteRecord Show(EncounterState state, NoteVersion version)
    {
        var isSigned = state.Signature?.Version == version.Info.Version;
        return new NoteRecord(
            state.Record.Id,
            version.Info.Version,
            version.Sentences,
            version.Info.Author,
            version.Info.CreatedAt,
            version.Info.TextHash,
            version.Info.HistoryHash,
            isSigned ? state.Signature : null,
            isSigned ? state.Addenda : []);
    }

    /// <summary>The current version.</summary>
    public static NoteVersion Latest(EncounterState state) => state.Versions.IsEmpty ? throw NoNote() : state.Versions[^1];

    /// <summary>A version by number.</summary>
    public static NoteVersion Version(EncounterState state, int version) => version >= 1 && version <= state.Versions.Length
        ? state.Versions[version - 1]
        : throw new DomainException(ErrorCode.NotFound, "The note has no such version.");

    /// <summary>The first number no sentence of any version has had.</summary>
    public static int NextNumber(EncounterState state) =>
        state.Versions.SelectMany(v => v.Sentences).Select(s => s.Number).DefaultIfEmpty(0).Max() + 1;

    /// <summary>Refuses changes of a signed note.</summary>
    public static void RequireUnsigned(EncounterState state)
    {
        if (state.Signature is not null) throw Signed();
    }

    /// <summary>The refusal to change what is signed.</summary>
    public static DomainException Signed() => new(ErrorCode.AlreadySigned, "The note is signed: only addenda can be added.");

    /// <summary>The refusal where there is no note yet.</summary>
    public static DomainException NoNote() => new(ErrorCode.NotFound, "This encounter has no note yet.");

    private static void RequireSupported(ImmutableArray<NoteSentence> sentences)
    {
        var numbers = sentences.Where(s => !s.Supported).Select(s => s.Number).ToArray();
        if (numbers.Length == 0) return;
        var shown = string.Join(", ", numbers.Take(50).Select(n => n.ToString(CultureInfo.InvariantCulture)));
        throw new DomainException(
            ErrorCode.UnsupportedSentences,
            $"Nothing said supports these sentences: {shown}{(numbers.Length > 50 ? " and more" : "")}. Edit or remove them, then sign.");
    }
}
