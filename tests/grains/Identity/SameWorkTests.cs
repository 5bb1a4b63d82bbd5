using System.Collections.Concurrent;
using JamEmr.Errors;
using JamEmr.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>Whoever guesses learns nothing from how long an answer takes: the same grains are asked the same, in the same order, whether the
/// practice, the login or only the password is wrong. Counted, because a clock measures the machine.</summary>
public sealed class SameWorkTests
{
    [Fact]
    public async Task Given_an_unknown_practice_login_or_password_When_signing_in_Then_the_same_grains_do_the_same_work()
    {
        var calls = new CallTrace();
        await using var host = await GrainHost.StartAsync(services => services.AddSingleton<IIncomingGrainCallFilter>(calls));
        var practice = await host.FoundPracticeAsync();

        var wrongPassword = await calls.OfAsync(() => RefusedAsync(host, new SignInRequest(practice.Code, "admin", "wrong horse battery")));
        var unknownLogin = await calls.OfAsync(() => RefusedAsync(host, new SignInRequest(practice.Code, "nobody", "wrong horse battery")));
        var unknownPractice = await calls.OfAsync(() => RefusedAsync(host, new SignInRequest("nowhere", "admin", "wrong horse battery")));

        Assert.Contains("IUserGrain.VerifyPasswordAsync", wrongPassword);
        Assert.Equal(wrongPassword, unknownLogin);
        Assert.Equal(wrongPassword, unknownPractice);
    }

    [Fact]
    public async Task Given_an_unknown_practice_login_or_code_When_enrolling_Then_the_same_grains_do_the_same_work()
    {
        var calls = new CallTrace();
        await using var host = await GrainHost.StartAsync(services => services.AddSingleton<IIncomingGrainCallFilter>(calls));
        var practice = await host.FoundPracticeAsync();

        var wrongCode = await calls.OfAsync(() => EnrolAsync(host, practice.Code, "admin"));
        var unknownLogin = await calls.OfAsync(() => EnrolAsync(host, practice.Code, "nobody"));
        var unknownPractice = await calls.OfAsync(() => EnrolAsync(host, "nowhere", "admin"));

        Assert.NotEmpty(wrongCode);
        Assert.Equal(wrongCode, unknownLogin);
        Assert.Equal(wrongCode, unknownPractice);
    }

    private static async Task RefusedAsync(GrainHost host, SignInRequest request)
    {
        var refusal = await host.Anonymous().RefusedKeyAsync(
            ErrorCode.Unauthenticated, GrainKeys.OfSystem("sign-in"), (ISignInGrain g) => g.SignInAsync(request));
        Assert.Equal("Practice, login or password is wrong.", refusal.Message);
    }

    private static Task<DomainException> EnrolAsync(GrainHost host, string practice, string login) => host.Anonymous().RefusedKeyAsync(
        ErrorCode.EnrolmentCodeInvalid,
        GrainKeys.OfSystem("enrolment"),
        (IEnrolmentGrain g) => g.BeginAsync(new BeginEnrolment(practice, login, "AAAAA-AAAAA-AAAAA", "ordinal plinth walrus 77")));

    /// <summary>Which methods of which grains are called; the log's own work, which goes on behind, is not the caller's.</summary>
    private sealed class CallTrace : IIncomingGrainCallFilter
    {
        private readonly ConcurrentQueue<string> _calls = new();

        public async Task<IReadOnlyList<string>> OfAsync(Func<Task> work)
        {
            _calls.Clear();
            await work();
            return [.. _calls.Where(call => !call.StartsWith("IAudit", StringComparison.Ordinal) && !call.StartsWith("IService", StringComparison.Ordinal))];
        }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            var method = context.InterfaceMethod;
            if (method.DeclaringType!.Assembly == typeof(ISignInGrain).Assembly) _calls.Enqueue($"{method.DeclaringType.Name}.{method.Name}");
            return context.Invoke();
        }
    }
}
