using System.Text;
using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>No secret is ever in logs, in the audit log or in an error.</summary>
public sealed class SecretTests
{
    [Fact]
    public async Task Given_passwords_sessions_tokens_and_typing_errors_When_everything_written_is_searched_Then_no_secret_is_there()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        const string typed = "wrong-canary-Ek9#password";
        var user = await practice.CreateAsync("dr.gray", Role.Clinical);
        var session = await host.SignInAsync(practice, "dr.gray");
        List<string> errors = [];
        errors.Add((await Assert.ThrowsAsync<DomainException>(() => host.SignInAsync(practice, "dr.gray", typed))).ToString());
        errors.Add((await Assert.ThrowsAsync<DomainException>(() => host.SignInAsync(practice, typed, typed))).ToString());
        var actor = await host.ActorAsync(session);
        errors.Add((await actor.RefusedAsync(ErrorCode.Forbidden, session.Session.Id, (IUserSessionGrain g) => g.ReauthenticateAsync(typed))).ToString());
        var registered = await practice.As(user.Id, Role.Administrative).Reauthenticated().CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(
            new RegisterToken("Canary", Role.FrontDesk, ["system/Patient.r"], Sandbox: true)));
        await host.PresentAsync(registered.Secret);
        await practice.As(Role.Administrative).CallAsync(registered.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());
        errors.Add((await Assert.ThrowsAsync<DomainException>(() => host.PresentAsync(registered.Secret))).ToString());
        await practice.As(Role.Administrative).Reauthenticated().CallAsync(user.Id, (IUserGrain g) => g.UpdateAsync(new UpdateUser("Dr", [Role.Clinical], null, true), 1));
        await actor.TrailAsync();

        string[] secrets = [typed, TestPractice.Password, session.Token[48..91], registered.Secret[48..91], session.Token, registered.Secret];
        var written = new StringBuilder().AppendJoin('\n', host.Logs.All).AppendJoin('\n', errors);
        foreach (var log in await host.Ledger.LogsAsync(TestContext.Current.CancellationToken))
        {
            var head = await host.Ledger.HeadAsync(log, TestContext.Current.CancellationToken);
            foreach (var leaf in await host.Ledger.ReadAsync(log, 0, (int)head.Size, TestContext.Current.CancellationToken))
                written.Append('\n').Append(Encoding.UTF8.GetString(leaf.Bytes!.Value.Span));
        }

        Assert.Contains("session.sign-in-refused", written.ToString(), StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, written.ToString(), StringComparison.Ordinal));
    }
}
