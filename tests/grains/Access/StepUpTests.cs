using JamEmr.Access;

namespace JamEmr.Tests.Grains.Access;

public sealed class StepUpTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, false)]
    [InlineData(0, true)]
    [InlineData(-299, true)]
    [InlineData(-300, false)]
    [InlineData(1, false)]
    public void Given_a_persons_last_proof_of_identity_When_judged_Then_it_counts_for_less_than_five_minutes(int? seconds, bool fresh) =>
        Assert.Equal(fresh, StepUp.IsFresh(Caller(ActorKind.User, seconds is { } some ? Now.AddSeconds(some) : null), Now));

    [Fact]
    public void Given_a_program_When_judged_Then_it_never_proves_who_it_is() => Assert.False(StepUp.IsFresh(Caller(ActorKind.Token, Now), Now));

    private static Caller Caller(ActorKind kind, DateTimeOffset? at) =>
        new(kind, Guid.Empty, Guid.Empty, [Role.Clinical], [], null, at, "", "");
}
