using static JamEmr.Tests.Api.Revocation.CredentialAct;

namespace JamEmr.Tests.Api.Revocation;

/// <summary>The judge of histories is itself judged: by histories of which one knows, and by trying every order of many small ones.</summary>
public sealed class RevocationHistoryTests
{
    private const long Never = long.MaxValue;

    public static TheoryData<string, CredentialEvent[]> Good => new()
    {
        { "nothing", [] },
        { "use, then revocation, then refusal", [new(Accepted, 1, 2), new(Revoked, 3, 4), new(Refused, 5, 6)] },
        { "let in while it was being revoked", [new(Revoked, 1, 4), new(Accepted, 2, 3), new(Refused, 5, 6)] },
        { "refused while it was being revoked", [new(Accepted, 1, 2), new(Revoked, 3, 6), new(Refused, 4, 5)] },
        { "begun before the acknowledgement, ended after it, let in", [new(Revoked, 1, 3), new(Accepted, 2, 4)] },
        { "begun before the revocation, ended in it, refused", [new(Refused, 1, 3), new(Revoked, 2, 4)] },
        { "two uses that overlap, one let in, one refused", [new(Revoked, 1, 8), new(Refused, 2, 5), new(Accepted, 3, 6)] },
        { "a revocation without an answer that took effect", [new(Revoked, 1, Never), new(Accepted, 2, 3), new(Refused, 4, 5)] },
        { "a revocation without an answer that did not", [new(Revoked, 1, Never), new(Accepted, 2, 3)] },
        { "revoked twice", [new(Revoked, 1, 4), new(Revoked, 2, 3), new(Refused, 5, 6)] },
    };

    public static TheoryData<string, CredentialEvent[]> Bad => new()
    {
        { "let in after the acknowledgement", [new(Revoked, 1, 2), new(Accepted, 3, 4)] },
        { "let in after a refusal, while it was being revoked", [new(Revoked, 1, 6), new(Refused, 2, 3), new(Accepted, 4, 5)] },
        { "refused before anybody revoked it", [new(Refused, 1, 2), new(Revoked, 3, 4)] },
        { "refused though nobody revoked it", [new(Refused, 1, 2)] },
        { "let in after one of two revocations was acknowledged", [new(Revoked, 1, 2), new(Accepted, 3, 5), new(Revoked, 4, 6)] },
        { "one of many let in", [new(Revoked, 1, 2), new(Refused, 3, 4), new(Refused, 5, 8), new(Accepted, 6, 7), new(Refused, 9, 10)] },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Given_a_history_that_could_be_When_judged_Then_no_fault(string what, CredentialEvent[] history) =>
        Assert.True(RevocationHistory.Fault(history) is null, what);

    [Theory]
    [MemberData(nameof(Bad))]
    public void Given_a_history_that_cannot_be_When_judged_Then_its_fault_is_told(string what, CredentialEvent[] history) =>
        Assert.True(RevocationHistory.Fault(history) is not null, what);

    [Fact]
    public void Given_many_small_histories_When_judged_Then_as_trying_every_order_judges()
    {
        var random = new Random(20260302);
        int good = 0, bad = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var history = HistoryOf(random);
            var could = CouldBe(history, isRevoked: false);
            Assert.True(could == RevocationHistory.Fault(history) is null, string.Join(' ', history));
            if (could) good++;
            else bad++;
        }

        // Neither verdict came about by never being asked for.
        Assert.InRange(good, 2_000, 18_000);
        Assert.InRange(bad, 2_000, 18_000);
    }

    private static CredentialEvent[] HistoryOf(Random random)
    {
        var count = random.Next(1, 7);
        var stamps = Enumerable.Range(1, count * 2).Select(i => (long)i).ToArray();
        random.Shuffle(stamps);
        var history = new CredentialEvent[count];
        for (var i = 0; i < count; i++)
        {
            var (a, b) = (stamps[2 * i], stamps[(2 * i) + 1]);
            history[i] = new CredentialEvent((CredentialAct)random.Next(3), Math.Min(a, b), Math.Max(a, b));
        }

        return history;
    }

    // By the definition: next comes any act that began before every other one left ended.
    private static bool CouldBe(CredentialEvent[] left, bool isRevoked) => left.Length == 0 || Array.Exists(left, next =>
        Array.TrueForAll(left, other => next.Begun < other.Ended)
        && next.Act switch
        {
            Accepted => !isRevoked && CouldBe(Without(left, next), false),
            Refused => isRevoked && CouldBe(Without(left, next), true),
            _ => CouldBe(Without(left, next), true),
        });

    private static CredentialEvent[] Without(CredentialEvent[] all, CredentialEvent one) => [.. all.Where(e => e != one)];
}
