using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Identity;

public sealed class AttemptRulesTests
{
    private static readonly AttemptLimit Limit = AttemptLimit.Account;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(7, 4)]
    [InlineData(14, 512)]
    [InlineData(15, 900)]
    [InlineData(16, 900)]
    [InlineData(int.MaxValue, 900)]
    public void Given_failures_When_asked_for_the_delay_Then_five_are_free_and_each_further_one_doubles_it(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), AttemptRules.DelayAfter(failures, Limit));

    [Fact]
    public void Given_someone_who_guesses_whenever_they_may_When_ten_days_pass_Then_no_day_has_more_than_a_hundred_and_ten_guesses()
    {
        var (tally, now) = (default(AttemptTally), Start);
        var days = new int[10];
        while (now < Start.AddDays(10))
        {
            tally = AttemptRules.At(tally, Limit, now);
            if (AttemptRules.WaitAt(tally, now) is { } wait)
            {
                Assert.InRange(wait, TimeSpan.FromSeconds(1), AttemptRules.LongestDelay);
                now += wait;
                continue;
            }

            days[(int)(now - Start).TotalDays]++;
            tally = AttemptRules.Count(tally, Limit, now);
        }

        Assert.All(days, guesses => Assert.InRange(guesses, 90, 115));
    }

    [Fact]
    public void Given_failures_When_time_passes_Then_they_are_forgiven_one_by_one()
    {
        var tally = default(AttemptTally);
        for (var i = 0; i < 4; i++) tally = AttemptRules.Count(AttemptRules.At(tally, Limit, Start), Limit, Start);

        Assert.Equal(4, AttemptRules.At(tally, Limit, Start.AddMinutes(14)).Failures);
        Assert.Equal(3, AttemptRules.At(tally, Limit, Start.AddMinutes(15)).Failures);
        Assert.Equal(2, AttemptRules.At(AttemptRules.At(tally, Limit, Start.AddMinutes(29)), Limit, Start.AddMinutes(31)).Failures);
        Assert.Equal(0, AttemptRules.At(tally, Limit, Start.AddHours(1)).Failures);
        Assert.Equal(0, AttemptRules.At(tally, Limit, DateTimeOffset.MaxValue.AddDays(-1)).Failures);
    }

    [Fact]
    public void Given_a_delay_When_the_clock_is_set_back_Then_nobody_waits_longer_than_the_delay()
    {
        var tally = AttemptRules.At(default, Limit, Start);
        for (var i = 0; i < 30; i++) tally = AttemptRules.Count(tally, Limit, Start);
        var earlier = Start.AddYears(-3);

        tally = AttemptRules.At(tally, Limit, earlier);

        Assert.Equal(AttemptRules.LongestDelay, AttemptRules.WaitAt(tally, earlier));
        Assert.Equal(30, tally.Failures);
    }

    [Fact]
    public void Given_addresses_When_hashed_Then_an_IPv6_network_is_one_and_IPv4_addresses_are_each_their_own()
    {
        var hash = new KeyedHash(new byte[32]);
        Assert.Equal(Attempt.HashOf(hash, "2001:db8:1:2::1"), Attempt.HashOf(hash, "2001:db8:1:2:ffff::9"));
        Assert.NotEqual(Attempt.HashOf(hash, "2001:db8:1:2::1"), Attempt.HashOf(hash, "2001:db8:1:3::1"));
        Assert.NotEqual(Attempt.HashOf(hash, "192.0.2.1"), Attempt.HashOf(hash, "192.0.2.2"));
        Assert.NotEmpty(Attempt.HashOf(hash, "unknown"));
    }
}

public sealed class AttemptGrainTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_six_failures_at_an_account_When_one_more_is_tried_Then_it_waits_and_then_may_go_on()
    {
        var (actor, key) = await AccountAsync();
        await FailAsync(actor, key, 5);
        Assert.Equal(TimeSpan.FromSeconds(1), await TryAsync(actor, key, succeeds: true));

        _host.Time.Jump(TimeSpan.FromSeconds(1));
        await FailAsync(actor, key, 1);
        Assert.Equal(TimeSpan.FromSeconds(2), await TryAsync(actor, key, succeeds: true));
        _host.Time.Jump(TimeSpan.FromSeconds(1.5));
        Assert.Equal(TimeSpan.FromSeconds(1), await TryAsync(actor, key, succeeds: true));
        _host.Time.Jump(TimeSpan.FromSeconds(0.5));
        Assert.Null(await TryAsync(actor, key, succeeds: true));
        // What succeeded is followed by five free ones again.
        await FailAsync(actor, key, 5);
    }

    [Fact]
    public async Task Given_many_attempts_at_once_When_none_has_ended_Then_no_more_are_taken_than_one_after_the_other()
    {
        var (actor, key) = await AccountAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => TryAsync(actor.Again(), key, succeeds: false)));

        Assert.Equal(5, answers.Count(wait => wait is null));
    }

    [Fact]
    public async Task Given_another_kind_of_attempt_or_another_account_When_one_is_braked_Then_the_other_is_not()
    {
        var (actor, key) = await AccountAsync();
        await FailAsync(actor, key, 5);

        Assert.NotNull(await TryAsync(actor, key, succeeds: false));
        Assert.Null(await TryAsync(actor, key.Replace("sign-in", "reauthentication", StringComparison.Ordinal), succeeds: false));
        Assert.Null(await TryAsync(actor, GrainKeys.Of(actor.Practice, $"attempts/sign-in/{Guid.Empty:D}"), succeeds: false));
    }

    [Fact]
    public async Task Given_an_address_When_its_guesser_signs_in_to_an_account_of_their_own_between_Then_their_failures_stay()
    {
        await using var host = await GrainHost.StartAsync(
            services => services.AddSingleton(new GrainsOptions { SecretKey = new byte[32], PasswordIterations = 1_000 }));
        var actor = (await host.FoundPracticeAsync()).As(Role.Administrative);
        var key = GrainKeys.OfSystem("attempts/sign-in/1");
        for (var i = 0; i < AttemptLimit.Address.Free - 1; i++)
        {
            await FailAsync(actor, key, 1);
            Assert.Null(await TryAsync(actor, key, succeeds: true));
        }

        await FailAsync(actor, key, 1);
        Assert.Equal(TimeSpan.FromSeconds(1), await TryAsync(actor, key, succeeds: true));
        host.Time.Jump(TimeSpan.FromSeconds(1));
        // One who is right does not lengthen the delay for the others behind the address.
        Assert.Null(await TryAsync(actor, key, succeeds: true));
        Assert.Null(await TryAsync(actor, key, succeeds: true));
        await FailAsync(actor, key, 1);
        Assert.Equal(TimeSpan.FromSeconds(2), await TryAsync(actor, key, succeeds: true));
    }

    [Fact]
    public async Task Given_somebody_outside_When_they_call_the_brake_Then_they_are_refused()
    {
        var (actor, key) = await AccountAsync();
        await actor.RefusedKeyAsync(ErrorCode.Forbidden, key, (IAttemptGrain g) => g.SucceededAsync(1));
        await actor.RefusedKeyAsync(ErrorCode.Forbidden, key, (IAttemptGrain g) => g.BeginAsync());
    }

    [Fact]
    public void Given_a_wait_When_it_is_told_Then_the_answer_names_it()
    {
        var error = new Attempt(TimeSpan.FromSeconds(64), null, 0, null, 0).TooMany();
        Assert.Equal((ErrorCode.TooManyRequests, TimeSpan.FromSeconds(64)), (error.Code, error.RetryAfter));
        Assert.Contains("64 seconds", error.Message, StringComparison.Ordinal);
        Assert.Contains("9 minutes", new Attempt(TimeSpan.FromSeconds(512), null, 0, null, 0).TooMany().Message, StringComparison.Ordinal);
    }

    private static Task<TimeSpan?> TryAsync(Actor actor, string key, bool succeeds) =>
        actor.CallAsync("messenger", (IMessengerGrain g) => g.AttemptAsync(key, succeeds));

    private static async Task FailAsync(Actor actor, string key, int times)
    {
        for (var i = 0; i < times; i++) Assert.Null(await TryAsync(actor, key, succeeds: false));
    }

    private async Task<(Actor Actor, string Key)> AccountAsync()
    {
        var practice = await _host.FoundPracticeAsync();
        return (practice.As(Role.Administrative), GrainKeys.Of(practice.Id, $"attempts/sign-in/{practice.NewId():D}"));
    }
}
