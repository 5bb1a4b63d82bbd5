using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Encounters;

/// <summary>A visit, from conversation to signed note. Key <c>{practice}/{encounter}</c>. States: DESIGN.md, "A note's life".</summary>
[Alias("jamemr.encounter")]
public interface IEncounterGrain : IGrainWithStringKey
{
    /// <summary>Opens the encounter for the calling clinician; repeating the same request gives the same answer.</summary>
    [Requires(Permission.ConductEncounter), Alias("open")]
    Task<EncounterRecord> OpenAsync(OpenEncounter command);

    /// <summary>State and references; no words.</summary>
    [Requires(Permission.ReadEncounter), Alias("get")]
    Task<EncounterRecord> GetAsync();

    /// <summary>Records the patient's consent to recording and drafting. Needed before the first turn.</summary>
    [Requires(Permission.ConductEncounter), Alias("consent")]
    Task<EncounterRecord> RecordConsentAsync(RecordConsent command);

    /// <summary>Adds turns. Numbers run from 1 without gaps; turns already there with the same content are accepted again.</summary>
    [Requires(Permission.ConductEncounter), Alias("append-turns")]
    Task<EncounterRecord> AppendTurnsAsync(ImmutableArray<Turn> turns);

    /// <summary>What was said, in order.</summary>
    [Requires(Permission.ReadTranscript), Alias("turns")]
    Task<Page<Turn>> GetTurnsAsync(PageRequest page);

    /// <summary>Has the inference pool draft a note from the turns so far; becomes the first version. A draft without any turn is refused. Takes
    /// up to two minutes; the limit is past the pool's own, so that a draft that comes to nothing is on the log.</summary>
    [Requires(Permission.DraftNote), Alias("draft"), ResponseTimeout(AnswerTimes.AfterDraft)]
    Task<NoteRecord> DraftAsync(CancellationToken ct);

    /// <summary>The note's current version with its addenda.</summary>
    [Requires(Permission.ReadNote), Alias("note")]
    Task<NoteRecord> GetNoteAsync();

    /// <summary>Changes sentences at a known version; makes a new version.</summary>
    [Requires(Permission.EditNote), Alias("edit")]
    Task<NoteRecord> EditNoteAsync(EditNote command, int expectedVersion);

    /// <summary>Versions, oldest first, with their differences; no text.</summary>
    [Requires(Permission.ReadNote), Alias("versions")]
    Task<Page<NoteVersionInfo>> GetVersionsAsync(PageRequest page);

    /// <summary>The text of one version, byte for byte as it was.</summary>
    [Requires(Permission.ReadNote), Alias("version")]
    Task<NoteRecord> GetVersionAsync(int version);

    /// <summary>Signs the given version: the responsible clinician only, re-authenticated within 5 minutes, every sentence supported.
    /// Repeating for the same version gives the same answer.</summary>
    [Requires(Permission.SignNote), StepUp, Alias("sign")]
    Task<NoteRecord> SignAsync(int expectedVersion);

    /// <summary>Adds to a signed note. Repeating the same id and text gives the same answer.</summary>
    [Requires(Permission.AddendNote), Alias("addend")]
    Task<NoteRecord> AddAddendumAsync(Guid addendum, AddAddendum command);

    /// <summary>The note's trail: every step with who, when, the hash of what it made and its place in the audit ledger. No text.</summary>
    /// <param name="proofs">Whether each record's inclusion in the ledger is proven as well.</param>
    /// <param name="page">Which steps.</param>
    [Requires(Permission.ReadProvenance), Alias("provenance")]
    Task<ProvenanceTrail> GetProvenanceAsync(bool proofs, PageRequest page);

    /// <summary>The record, for another grain's work; null when never opened. Answers while the encounter waits for its registry.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<EncounterRecord?> PeekAsync();
}

/// <summary>DESIGN.md, "A note's life".</summary>
public enum EncounterStatus
{
    /// <summary>Being held.</summary>
    InProgress = 0,

    /// <summary>A draft exists that no person has touched.</summary>
    Drafted = 1,

    /// <summary>A person is editing.</summary>
    InReview = 2,

    /// <summary>Signed.</summary>
    Signed = 3,

    /// <summary>Signed, with addenda.</summary>
    Addended = 4,
}

/// <summary>Opens an encounter.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.encounter.open")]
public sealed record OpenEncounter([property: Id(0)] Guid Patient, [property: Id(1)] Guid? Appointment = null);

/// <summary>The patient's answer to being recorded and to a drafted note.</summary>
/// <param name="Granted">False records a refusal; nothing may then be recorded.</param>
/// <param name="Method">How it was given.</param>
[GenerateSerializer, Immutable, Alias("jamemr.encounter.consent")]
public sealed record RecordConsent([property: Id(0)] bool Granted, [property: Id(1)] ConsentMethod Method);

/// <summary>How consent was given.</summary>
public enum ConsentMethod
{
    /// <summary>Spoken.</summary>
    Verbal = 0,

    /// <summary>On paper.</summary>
    Written = 1,

    /// <summary>On a device.</summary>
    Electronic = 2,
}

/// <summary>Consent on record.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.encounter.consent-record")]
public sealed record ConsentRecord(
    [property: Id(0)] bool Granted,
    [property: Id(1)] ConsentMethod Method,
    [property: Id(2)] DateTimeOffset RecordedAt,
    [property: Id(3)] Guid RecordedBy);

/// <summary>Who speaks.</summary>
public enum Speaker
{
    /// <summary>The clinician.</summary>
    Clinician = 0,

    /// <summary>The patient.</summary>
    Patient = 1,

    /// <summary>Somebody else in the room.</summary>
    Other = 2,
}

/// <summary>One turn of the conversation.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Start">From the start of the visit.</param>
/// <param name="End">From the start of the visit; not before <paramref name="Start"/>.</param>
/// <param name="Text">1–4,000 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.encounter.turn")]
public sealed record Turn(
    [property: Id(0)] int Number,
    [property: Id(1)] Speaker Speaker,
    [property: Id(2)] TimeSpan Start,
    [property: Id(3)] TimeSpan End,
    [property: Id(4)] string Text);

/// <summary>An encounter without its words.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.encounter.record")]
public sealed record EncounterRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] Guid Clinician,
    [property: Id(3)] Guid? Appointment,
    [property: Id(4)] EncounterStatus Status,
    [property: Id(5)] ConsentRecord? Consent,
    [property: Id(6)] int TurnCount,
    [property: Id(7)] int NoteVersion,
    [property: Id(8)] DateTimeOffset OpenedAt,
    [property: Id(9)] int Version);

/// <summary>A patient's encounters, newest first. Key <c>{practice}/encounters/{patient}</c>.</summary>
[Alias("jamemr.encounter-registry")]
public interface IEncounterRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds an encounter; repeating changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid encounter);

    /// <summary>Encounter ids, newest first.</summary>
    [Requires(Permission.ReadEncounter), Alias("list")]
    Task<Page<Guid>> ListAsync(PageRequest page);
}
