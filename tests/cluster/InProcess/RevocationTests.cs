using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;
using Orleans.TestingHost;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>No request that begins after a revocation was acknowledged is accepted, whichever silo it comes to and whatever activation of the
/// session, the token or its parent that silo still has.</summary>
public sealed class RevocationTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly RegisterToken Command = new("Nightly export of demographics", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true);

    private GrainHost Host => fixture.Host;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_two_activations_of_a_session_When_it_ends_on_one_Then_the_other_opens_nothing(bool onTheForgottenOne)
    {
        var practice = await Host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await Host.SignInAsync(practice, "dr.gray");
        var owner = await Host.ActorAsync(session);
        var split = await SplitAsync(session.Token);

        await EndAsync(onTheForgottenOne ? split.First : split.Second, owner.Caller, GrainKeys.Of(practice.Id, session.Session.Id));

        await OpensNothingAsync(session.Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_two_activations_of_a_token_When_it_is_revoked_on_one_Then_the_other_opens_nothing(bool onTheForgottenOne)
    {
        var practice = await Host.FoundPracticeAsync();
        var (token, _) = await RegisterAsync(practice);
        await Host.PresentAsync(token.Secret);
        var split = await SplitAsync(token.Secret);

        await RevokeAsync(onTheForgottenOne ? split.First : split.Second, practice, token);

        await OpensNothingAsync(token.Secret);
    }

    [Fact]
    public async Task Given_two_activations_of_a_parent_When_it_is_revoked_on_one_Then_its_child_opens_nothing_beside_the_other()
    {
        var practice = await Host.FoundPracticeAsync();
        var (parent, owner) = await RegisterAsync(practice);
        await Host.PresentAsync(parent.Secret);
        var split = await SplitAsync(parent.Secret);
        // Where the forgotten parent is, and known only there: whom this child asks.
        var child = await GrainHost.CallByAsync(
            split.First,
            owner.Caller,
            GrainKeys.Of(practice.Id, practice.NewId()),
            (IApiTokenGrain g) => g.RegisterAsync(Command with { Parent = parent.Token.Id }));
        await PresentAsync(split.First, child.Secret);

        await RevokeAsync(split.Second, practice, parent);

        await OpensNothingAsync(child.Secret);
    }

    [Fact]
    public async Task Given_presentations_without_a_pause_on_every_silo_When_revoked_Then_none_that_began_later_is_accepted()
    {
        var practice = await Host.FoundPracticeAsync();
        var (token, _) = await RegisterAsync(practice);
        await Host.PresentAsync(token.Secret);
        var split = await SplitAsync(token.Secret);
        var revoked = 0;
        var accepted = 0;
        using var done = new CancellationTokenSource();
        var presenting = Host.Cluster.Silos.Select(silo => Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    var isLate = Volatile.Read(ref revoked) == 1;
                    var isAccepted = await IsAcceptedAsync(silo, token.Secret);
                    Assert.False(isLate && isAccepted, "A request that began after the revocation was accepted.");
                    if (isAccepted) Interlocked.Increment(ref accepted);
                }
            },
            TestContext.Current.CancellationToken)).ToList();
        // Each of them has been asked before and is asked afterwards.
        while (Volatile.Read(ref accepted) < 20)
        {
            // None ends by itself.
            if (presenting.Find(static task => task.IsCompleted) is { } failed) await failed;
            await Task.Yield();
        }

        await RevokeAsync(split.Second, practice, token);
        Volatile.Write(ref revoked, 1);
        foreach (var silo in Host.Cluster.Silos) Assert.False(await IsAcceptedAsync(silo, token.Secret));
        await done.CancelAsync();

        await Task.WhenAll(presenting).Soon();
    }

    // Owned by somebody who has an account.
    private static async Task<(RegisteredToken Token, Actor Owner)> RegisterAsync(TestPractice practice)
    {
        var owner = practice.As((await practice.CreateAsync("owner", Role.FrontDesk)).Id, Role.Administrative).Reauthenticated();
        return (await owner.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command)), owner);
    }

    private static Task<bool> EndAsync(InProcessSiloHandle silo, Caller owner, string key) => Split.InsistAsync(silo, owner, key, async (IUserSessionGrain g) =>
    {
        await g.EndAsync();
        return true;
    });

    private static Task<TokenRecord> RevokeAsync(InProcessSiloHandle silo, TestPractice practice, RegisteredToken token) => Split.InsistAsync(
        silo, practice.As(Role.SecurityOfficer).Caller, GrainKeys.Of(practice.Id, token.Token.Id), (IApiTokenGrain g) => g.RevokeAsync());

    private async Task<Split> SplitAsync(string secret)
    {
        Assert.True(CredentialFormat.TryParse(secret, out var credential));
        var stranger = Host.Anonymous().Caller;
        return credential.Kind is CredentialKind.Session
            ? await Split.OfAsync(Host, stranger, credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret)))
            : await Split.OfAsync(Host, stranger, credential.GrainKey, (IApiTokenGrain g) => g.AuthenticateAsync(credential.Secret));
    }

    private async Task<Caller> PresentAsync(InProcessSiloHandle silo, string secret)
    {
        Assert.True(CredentialFormat.TryParse(secret, out var credential));
        var stranger = Host.Anonymous().Caller;
        return credential.Kind is CredentialKind.Session
            ? (await GrainHost.CallByAsync(silo, stranger, credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret)))).Caller
            : await GrainHost.CallByAsync(silo, stranger, credential.GrainKey, (IApiTokenGrain g) => g.AuthenticateAsync(credential.Secret));
    }

    private async Task<bool> IsAcceptedAsync(InProcessSiloHandle silo, string secret)
    {
        try
        {
            await PresentAsync(silo, secret);
            return true;
        }
        catch (DomainException e) when (e.Code is ErrorCode.Unauthenticated or ErrorCode.Unavailable)
        {
            return false;
        }
    }

    // Refused at first as what was overtaken is, and then for good, on every silo.
    private async Task OpensNothingAsync(string secret)
    {
        foreach (var silo in Host.Cluster.Silos) Assert.False(await IsAcceptedAsync(silo, secret));
        foreach (var silo in Host.Cluster.Silos)
        {
            Assert.Equal(ErrorCode.Unauthenticated, (await Assert.ThrowsAsync<DomainException>(() => PresentAsync(silo, secret))).Code);
        }
    }
}
