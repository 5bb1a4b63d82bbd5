using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>
/// The control of <see cref="DoubleActivationTests"/> and <see cref="RevocationTests"/>: without the state fence the same steps do end in old answers.
/// Where these tests fail, those prove nothing any more.
/// </summary>
public sealed class WithoutFenceTests
{
    [Fact]
    public async Task Given_no_fence_When_one_of_two_activations_has_written_Then_the_other_answers_what_was_before_until_it_writes()
    {
        await using var host = await GrainHost.StartAsync(silos: 3, isFenced: false);
        var practice = await host.FoundPracticeAsync();
        var key = GrainKeys.Of(practice.Id, "practice");
        var split = await Split.OfAsync(host, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync());

        var written = await GrainHost.CallByAsync(split.Second, practice.As(Role.Administrative).Caller, key, (IPracticeGrain g) => g.UpdateAsync(Named("After"), 1));
        var read = await GrainHost.CallByAsync(split.First, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync());

        Assert.Equal((2, 1), (written.Version, read.Version));
        // The version of the stored state fences writes by itself.
        var refused = await Assert.ThrowsAsync<DomainException>(
            () => GrainHost.CallByAsync(split.First, practice.As(Role.Administrative).Caller, key, (IPracticeGrain g) => g.UpdateAsync(Named("Other"), 1)));
        Assert.Equal(ErrorCode.Unavailable, refused.Code);
        Assert.Equal("After", (await Split.InsistAsync(split.First, practice.As(Role.Clinical).Caller, key, (IPracticeGrain g) => g.GetAsync())).Name);
    }

    [Fact]
    public async Task Given_no_fence_When_a_session_ends_on_one_of_two_activations_Then_the_other_goes_on_to_open_it()
    {
        await using var host = await GrainHost.StartAsync(silos: 3, isFenced: false);
        var practice = await host.FoundPracticeAsync();
        await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await host.SignInAsync(practice, "dr.gray");
        var owner = await host.ActorAsync(session);
        Assert.True(CredentialFormat.TryParse(session.Token, out var credential));
        var stranger = host.Anonymous().Caller;
        var split = await Split.OfAsync(host, stranger, credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret)));

        await GrainHost.CallByAsync(split.Second, owner.Caller, credential.GrainKey, async (IUserSessionGrain g) =>
        {
            await g.EndAsync();
            return true;
        });

        var opened = await GrainHost.CallByAsync(
            split.First, stranger, credential.GrainKey, (IUserSessionGrain g) => g.AuthenticateAsync(new Presented(credential.Secret)));
        Assert.Equal(owner.Caller.ActorId, opened.Caller.ActorId);
    }

    private static UpdatePractice Named(string name) => new(name, "America/New_York");
}
