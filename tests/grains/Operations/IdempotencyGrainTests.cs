using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Operations;

namespace JamEmr.Tests.Grains.Operations;

public sealed class IdempotencyGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly string Key = new('a', 64);
    private static readonly string Request = new('b', 64);
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_a_key_When_claimed_again_for_the_same_request_Then_the_id_is_the_same()
    {
        var actor = (await _host.FoundPracticeAsync()).As(Role.FrontDesk);

        var first = await ClaimAsync(actor, actor.Caller.ActorId);
        var second = await ClaimAsync(actor, actor.Caller.ActorId);

        Assert.Equal(first, second);
        Assert.NotEqual(Guid.Empty, first);
        Assert.Empty(await actor.TrailAsync());
    }

    [Fact]
    public async Task Given_a_key_When_used_for_another_request_or_route_Then_it_is_refused_and_recorded()
    {
        var actor = (await _host.FoundPracticeAsync()).As(Role.FrontDesk);
        await ClaimAsync(actor, actor.Caller.ActorId);

        await actor.RefusedAsync(
            ErrorCode.IdempotencyKeyReused, NameOf(actor.Caller.ActorId), (IIdempotencyGrain g) => g.ClaimAsync("POST /v1/patients", new string('c', 64)));
        await actor.RefusedAsync(
            ErrorCode.IdempotencyKeyReused, NameOf(actor.Caller.ActorId), (IIdempotencyGrain g) => g.ClaimAsync("POST /v1/users", Request));

        Assert.All(await actor.TrailAsync(), record => Assert.Equal("idempotency_key_reused", record.Reason));
    }

    [Fact]
    public async Task Given_another_persons_key_When_claimed_Then_nothing_is_there()
    {
        var practice = await _host.FoundPracticeAsync();
        var (one, two) = (practice.As(Role.FrontDesk), practice.As(Role.FrontDesk));
        var id = await ClaimAsync(one, one.Caller.ActorId);

        await two.RefusedAsync(ErrorCode.NotFound, NameOf(one.Caller.ActorId), (IIdempotencyGrain g) => g.ClaimAsync("POST /v1/patients", Request));

        Assert.NotEqual(id, await ClaimAsync(two, two.Caller.ActorId));
        Assert.Equal("not_found", (await two.OnlyRecordAsync()).Reason);
    }

    [Theory]
    [InlineData("idempotency/{0}")]
    [InlineData("idempotency/{0}/short")]
    [InlineData("other/{0}/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("idempotency/{0}/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Given_a_key_of_another_form_When_claimed_Then_nothing_is_there(string form)
    {
        var actor = (await _host.FoundPracticeAsync()).As(Role.FrontDesk);
        await actor.RefusedAsync(
            ErrorCode.NotFound,
            form.Replace("{0}", actor.Caller.ActorId.ToString("D"), StringComparison.Ordinal),
            (IIdempotencyGrain g) => g.ClaimAsync("POST /v1/patients", Request));
    }

    [Theory]
    [InlineData("", "/operation")]
    [InlineData(null, "/requestHash")]
    public async Task Given_a_malformed_claim_When_claimed_Then_the_field_is_named(string? operation, string pointer)
    {
        var actor = (await _host.FoundPracticeAsync()).As(Role.FrontDesk);
        var refusal = await actor.RefusedAsync(
            ErrorCode.InvalidRequest,
            NameOf(actor.Caller.ActorId),
            (IIdempotencyGrain g) => g.ClaimAsync(operation ?? "POST /v1/patients", operation is null ? "no hash" : Request));
        Assert.Equal(pointer, refusal.Pointer);
    }

    private static string NameOf(Guid caller) => $"idempotency/{caller:D}/{Key}";

    private static Task<Guid> ClaimAsync(Actor actor, Guid caller) =>
        actor.CallAsync(NameOf(caller), (IIdempotencyGrain g) => g.ClaimAsync("POST /v1/patients", Request));
}
