using JamEmr.Access;
using JamEmr.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>What a front door says of a caller, against what their session or token gave them.</summary>
public sealed class EstablishedCallerTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Practice = new("01900000-0000-7000-8000-000000000001");
    private static readonly Guid Person = new("01900000-0000-7000-8000-000000000002");
    private static readonly Guid Session = new("01900000-0000-7000-8000-000000000003");
    private static readonly BreakGlassGrant Grant = new(Guid.Empty, Person, Now.AddMinutes(30));

    private static readonly UserSessionState State = new(
        Person, [Role.FrontDesk], "hash", Now, Now.AddHours(12), Now, Now.AddMinutes(1), null, null, BreakGlass: Grant);

    private static readonly Caller Established = new(
        ActorKind.User, Person, Practice, [Role.FrontDesk], [], Session, Now.AddMinutes(1), "192.0.2.7", "c", BreakGlass: Grant);

    public static TheoryData<string, Caller> Claims => new()
    {
        { "another person", Established with { ActorId = Practice } },
        { "another role", Established with { Roles = [Role.Clinical] } },
        { "one role more", Established with { Roles = [Role.FrontDesk, Role.SecurityOfficer] } },
        { "a later proof of identity", Established with { ReauthenticatedAt = Now.AddMinutes(2) } },
    };

    [Fact]
    public void Given_the_caller_of_a_session_When_asked_Then_it_is_theirs_also_before_it_gave_them_more()
    {
        Assert.True(UserSessionRules.HasEstablished(State, Established));
        Assert.True(UserSessionRules.HasEstablished(State, Established with { ReauthenticatedAt = null, BreakGlass = null }));
        Assert.True(UserSessionRules.HasEstablished(State, Established with { ReauthenticatedAt = Now }));
    }

    [Theory]
    [MemberData(nameof(Claims))]
    public void Given_a_claim_of_more_than_the_session_gave_When_asked_Then_it_is_nobodys(string claim, Caller caller) =>
        Assert.False(UserSessionRules.HasEstablished(State, caller), claim);

    [Fact]
    public void Given_a_proof_When_the_session_the_secret_the_agreement_or_the_emergency_access_differs_Then_it_is_about_something_else()
    {
        string[] proofs =
        [
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.None, Grant),
            UserSessionRules.ProofOf(Session, Session, State, BaaStatus.None, Grant),
            UserSessionRules.ProofOf(Practice, Practice, State, BaaStatus.None, Grant),
            UserSessionRules.ProofOf(Practice, Session, State with { SecretHash = "other" }, BaaStatus.None, Grant),
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.InForce, Grant),
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.None, null),
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.None, Grant with { Id = Person }),
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.None, Grant with { Patient = Practice }),
            UserSessionRules.ProofOf(Practice, Session, State, BaaStatus.None, Grant with { ExpiresAt = Now.AddMinutes(31) }),
        ];

        Assert.Distinct(proofs);
    }

    [Fact]
    public void Given_a_token_When_asked_Then_only_its_own_role_and_scopes_are_its_callers()
    {
        var token = new TokenRecord(
            Session, "purpose", Role.FrontDesk, ["system/Patient.rs"], Person, Now, Now.AddDays(90), null, null, []);
        var caller = new Caller(ActorKind.Token, Session, Practice, [Role.FrontDesk], ["system/Patient.rs"], null, null, "192.0.2.7", "c");

        Assert.True(ApiTokenRules.HasEstablished(token, caller));
        Assert.False(ApiTokenRules.HasEstablished(token, caller with { Roles = [Role.Clinical] }));
        Assert.False(ApiTokenRules.HasEstablished(token, caller with { Scopes = ["system/Patient.cruds"] }));
        Assert.False(ApiTokenRules.HasEstablished(token, caller with { Scopes = [] }));
        Assert.False(ApiTokenRules.HasEstablished(token, caller with { SessionId = Session }));
        Assert.False(ApiTokenRules.HasEstablished(token, caller with { ReauthenticatedAt = Now }));
    }
}
