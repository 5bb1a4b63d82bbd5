using System.Collections.Immutable;
using JamEmr.Encounters;
using JamEmr.Errors;
using static JamEmr.Tests.Grains.Encounters.Visit;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class EncounterRulesTests
{
    public static TheoryData<string, ImmutableArray<Turn>> Malformed => new()
    {
        { "/turns", default },
        { "/turns", [] },
        { "/turns", Turns(201) },
        { "/turns/0", [null!] },
        { "/turns/0/number", [Said(0, "a")] },
        { "/turns/0/number", [Said(2, "a")] },
        { "/turns/1/number", [Said(1, "a"), Said(3, "b")] },
        { "/turns/1/number", [Said(1, "a"), Said(1, "a")] },
        { "/turns/0/text", [Said(1, "")] },
        { "/turns/0/text", [Said(1, null!)] },
        { "/turns/0/text", [Said(1, new string('x', 4001))] },
        { "/turns/0/text", [Said(1, "a\nb")] },
        { "/turns/0/speaker", [Said(1, "a", (Speaker)9)] },
        { "/turns/0/start", [Said(1, "a") with { Start = TimeSpan.FromSeconds(-1) }] },
        { "/turns/0/end", [Said(1, "a") with { End = TimeSpan.Zero }] },
        { "/turns/0/end", [Said(1, "a") with { End = TimeSpan.FromHours(25) }] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Given_malformed_turns_When_appended_Then_the_field_is_named(string pointer, ImmutableArray<Turn> turns)
    {
        var refusal = Assert.Throws<DomainException>(() => EncounterRules.NewTurns(Consented(), turns));
        Assert.Equal(ErrorCode.InvalidRequest, refusal.Code);
        Assert.Equal(pointer, refusal.Pointer);
    }

    [Fact]
    public void Given_a_program_When_it_opens_an_encounter_Then_it_is_refused() =>
        Assert.Equal(
            ErrorCode.Forbidden,
            Assert.Throws<DomainException>(() => EncounterRules.Open(Id, new OpenEncounter(Patient), "hash", Program, Now)).Code);

    [Fact]
    public void Given_no_consent_When_turns_are_appended_Then_consent_is_required()
    {
        Assert.Equal(ErrorCode.ConsentRequired, Assert.Throws<DomainException>(() => EncounterRules.NewTurns(Opened(), Turns(1))).Code);
        var refused = EncounterRules.Consent(Opened(), new RecordConsent(false, ConsentMethod.Written), Clinician, Now)!;
        Assert.Equal(ErrorCode.ConsentRequired, Assert.Throws<DomainException>(() => EncounterRules.NewTurns(refused, Turns(1))).Code);
    }

    [Fact]
    public void Given_consent_on_record_When_the_answer_is_repeated_Then_nothing_changes_and_it_can_be_withdrawn()
    {
        var state = Consented();
        Assert.Null(EncounterRules.Consent(state, new RecordConsent(true, ConsentMethod.Verbal), Guid.Empty, Now));
        var withdrawn = EncounterRules.Consent(state, new RecordConsent(false, ConsentMethod.Verbal), Clinician, Now)!;
        Assert.Equal(ErrorCode.ConsentRequired, Assert.Throws<DomainException>(() => EncounterRules.NewTurns(withdrawn, Turns(1))).Code);
        Assert.Equal(
            ErrorCode.Conflict,
            Assert.Throws<DomainException>(() => EncounterRules.Consent(Drafted(), new RecordConsent(false, ConsentMethod.Verbal), Clinician, Now)).Code);
    }

    [Fact]
    public void Given_turns_on_record_When_sent_again_Then_only_new_ones_count()
    {
        var state = Spoken(3);
        Assert.Empty(EncounterRules.NewTurns(state, Turns(3)));
        Assert.Equal([4, 5], EncounterRules.NewTurns(state, Turns(4, from: 2)).Select(t => t.Number));
        var refusal = Assert.Throws<DomainException>(() => EncounterRules.NewTurns(state, [Said(2, "Turn 2"), Said(3, "other")]));
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Equal("/turns/1/number", refusal.Pointer);
    }

    [Fact]
    public void Given_a_draft_When_turns_are_appended_Then_the_conversation_is_closed()
    {
        var state = Drafted();
        Assert.Empty(EncounterRules.NewTurns(state, Turns(3)));
        Assert.Equal(ErrorCode.Conflict, Assert.Throws<DomainException>(() => EncounterRules.NewTurns(state, Turns(1, from: 4))).Code);
    }

    [Fact]
    public void Given_the_most_turns_When_one_more_comes_Then_it_is_refused()
    {
        var state = Spoken(EncounterRules.MaxTurns);
        Assert.Equal(
            ErrorCode.Conflict,
            Assert.Throws<DomainException>(() => EncounterRules.NewTurns(state, Turns(1, from: EncounterRules.MaxTurns + 1))).Code);
    }
}
