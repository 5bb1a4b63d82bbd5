using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Encounters;
using JamEmr.Inference;

namespace JamEmr.Tests.Grains.Encounters;

/// <summary>A visit's pieces, for tests.</summary>
internal static class Visit
{
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    public static readonly Guid Id = new("018f0000-0000-7000-8000-000000000031");
    public static readonly Guid Patient = new("018f0000-0000-7000-8000-000000000032");
    public static readonly Guid Clinician = new("018f0000-0000-7000-8000-000000000033");

    public static Caller Person(Guid? id = null, DateTimeOffset? reauthenticated = null) => new(
        ActorKind.User, id ?? Clinician, Guid.Empty, [Role.Clinical], [], Guid.Empty, reauthenticated, "local", "test");

    public static Caller Program => new(ActorKind.Token, Clinician, Guid.Empty, [Role.Clinical], [], null, null, "local", "test");

    public static Turn Said(int number, string text, Speaker speaker = Speaker.Patient) =>
        new(number, speaker, TimeSpan.FromSeconds(number * 5), TimeSpan.FromSeconds((number * 5) + 4), text);

    public static ImmutableArray<Turn> Turns(int count, int from = 1) =>
        [.. Enumerable.Range(from, count).Select(n => Said(n, $"Turn {n}"))];

    public static EncounterState Opened() => EncounterRules.Open(Id, new OpenEncounter(Patient), "hash", Person(), Now);

    public static EncounterState Consented() =>
        EncounterRules.Consent(Opened(), new RecordConsent(true, ConsentMethod.Verbal), Clinician, Now)!;

    public static EncounterState Spoken(int turns = 3) => EncounterRules.Append(Consented(), Turns(turns));

    public static EncounterState Drafted(params NoteSentence[] sentences) =>
        NoteRules.Draft(Spoken(), Draft(sentences.Length > 0 ? sentences : [Sentence("Headache for two days.", 1), Sentence("No fever.", 2)]), Now);

    public static DraftResult Draft(params NoteSentence[] sentences) =>
        new([.. sentences.Select((s, i) => s with { Number = i + 1 })], "extractive-1", new string('a', 64));

    public static NoteSentence Sentence(string text, int turn, NoteSection section = NoteSection.Subjective, bool supported = true) =>
        new(0, section, text, [turn], SentenceOrigin.Model, supported);

    public static EditNote Edit(params SentenceChange[] changes) => new([.. changes]);
}
