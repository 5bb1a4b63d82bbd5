using System.Collections.Immutable;

namespace JamEmr.Encounters;

/// <summary>The four divisions of a note.</summary>
public enum NoteSection
{
    /// <summary>What the patient tells.</summary>
    Subjective = 0,

    /// <summary>What the clinician finds.</summary>
    ObjectiveExam = 1,

    /// <summary>Measurements and test results.</summary>
    ObjectiveResults = 2,

    /// <summary>What is thought and what is to be done.</summary>
    AssessmentAndPlan = 3,
}

/// <summary>Who answers for a sentence.</summary>
public enum SentenceOrigin
{
    /// <summary>A model drafted it.</summary>
    Model = 0,

    /// <summary>A person wrote or changed it.</summary>
    Person = 1,
}

/// <summary>A sentence of a note.</summary>
/// <param name="Number">Stable within the note: an edit keeps it, a new sentence gets the next.</param>
/// <param name="Turns">Numbers of the turns that support it; empty only for a person's own sentence.</param>
/// <param name="Supported">Whether it may be signed: a model's sentence that its turns do not support is not, until a person edits or removes it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.sentence")]
public sealed record NoteSentence(
    [property: Id(0)] int Number,
    [property: Id(1)] NoteSection Section,
    [property: Id(2)] string Text,
    [property: Id(3)] ImmutableArray<int> Turns,
    [property: Id(4)] SentenceOrigin Origin,
    [property: Id(5)] bool Supported);

/// <summary>Who made a version.</summary>
/// <param name="Person">The user, for a person's version.</param>
/// <param name="ModelId">The model, for a drafted version.</param>
/// <param name="ModelHash">SHA-256 of the model, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.author")]
public sealed record NoteAuthor(
    [property: Id(0)] Guid? Person,
    [property: Id(1)] string? ModelId,
    [property: Id(2)] string? ModelHash);

/// <summary>A note at one version.</summary>
/// <param name="TextHash">SHA-256 of the version's canonical text, hex.</param>
/// <param name="HistoryHash">SHA-256 over this version's number, text hash, author and time and over the history before it, which begins with
/// encounter and patient, hex: seals all versions up to this.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.record")]
public sealed record NoteRecord(
    [property: Id(0)] Guid Encounter,
    [property: Id(1)] int Version,
    [property: Id(2)] ImmutableArray<NoteSentence> Sentences,
    [property: Id(3)] NoteAuthor Author,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] string TextHash,
    [property: Id(6)] string HistoryHash,
    [property: Id(7)] NoteSignature? Signature,
    [property: Id(8)] ImmutableArray<Addendum> Addenda);

/// <summary>A signature.</summary>
/// <param name="Version">The version signed.</param>
/// <param name="HistoryHash">What it seals: the final text and its history.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.signature")]
public sealed record NoteSignature(
    [property: Id(0)] Guid SignedBy,
    [property: Id(1)] DateTimeOffset SignedAt,
    [property: Id(2)] int Version,
    [property: Id(3)] string HistoryHash);

/// <summary>An addition to a signed note.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.note.addendum")]
public sealed record Addendum(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Author,
    [property: Id(2)] DateTimeOffset AddedAt,
    [property: Id(3)] string Text,
    [property: Id(4)] string TextHash);

/// <summary>Adds an addendum.</summary>
/// <param name="Text">1–4,000 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.add-addendum")]
public sealed record AddAddendum([property: Id(0)] string Text);

/// <summary>One change of an edit: exactly one of replacing, removing or adding.</summary>
/// <param name="Sentence">The sentence to change or remove; null to add one.</param>
/// <param name="Text">The new text, 1–2,000 characters; null to remove.</param>
/// <param name="Section">Where an added sentence goes.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.change")]
public sealed record SentenceChange(
    [property: Id(0)] int? Sentence,
    [property: Id(1)] string? Text,
    [property: Id(2)] NoteSection? Section = null);

/// <summary>An edit: 1–200 changes, applied together.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.note.edit")]
public sealed record EditNote([property: Id(0)] ImmutableArray<SentenceChange> Changes);

/// <summary>What a version changed.</summary>
/// <param name="Changed">Sentence numbers whose text changed.</param>
[GenerateSerializer, Immutable, Alias("jamemr.note.version")]
public sealed record NoteVersionInfo(
    [property: Id(0)] int Version,
    [property: Id(1)] NoteAuthor Author,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] string TextHash,
    [property: Id(4)] string HistoryHash,
    [property: Id(5)] ImmutableArray<int> Added,
    [property: Id(6)] ImmutableArray<int> Changed,
    [property: Id(7)] ImmutableArray<int> Removed);
