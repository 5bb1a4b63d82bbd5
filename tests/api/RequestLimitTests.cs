using System.Net;
using JamEmr.Access;
using JamEmr.Api.Hosting;
using JamEmr.Api.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api;

/// <summary>How many requests are taken. The buckets here are filled once a minute, so that no test depends on how fast it runs.</summary>
public sealed class RequestLimitTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void Given_a_burst_from_one_address_When_over_the_limit_Then_it_waits_and_others_do_not()
    {
        using var limits = Limits(address: (1, 3), account: (0, 1));
        for (var i = 0; i < 3; i++) Assert.Null(limits.TakeFrom(Here));
        var wait = limits.TakeFrom(Here);
        Assert.InRange(wait!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(0, wait.Value.Milliseconds);
        Assert.NotNull(limits.TakeFrom(Here.MapToIPv6()));
        Assert.Null(limits.TakeFrom(IPAddress.Parse("192.0.2.2")));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Given_addresses_of_one_IPv6_customer_When_limited_Then_they_are_one(string first, string second, bool isSame)
    {
        using var limits = Limits(address: (1, 1), account: (0, 1));
        Assert.Null(limits.TakeFrom(IPAddress.Parse(first)));
        Assert.Equal(isSame, limits.TakeFrom(IPAddress.Parse(second)) is not null);
    }

    [Fact]
    public void Given_a_burst_of_one_account_When_over_the_limit_Then_it_waits_and_neither_others_nor_strangers_do()
    {
        using var limits = Limits(address: (0, 1), account: (1, 2));
        var (one, other) = (CallerOf(ActorKind.User), CallerOf(ActorKind.Token));
        for (var i = 0; i < 2; i++) Assert.Null(limits.TakeFrom(one));
        Assert.NotNull(limits.TakeFrom(one));
        Assert.Null(limits.TakeFrom(other));
        for (var i = 0; i < 5; i++) Assert.Null(limits.TakeFrom(Caller.Anonymous("192.0.2.1", "test")));
        for (var i = 0; i < 5; i++) Assert.Null(limits.TakeFrom(Here));
    }

    [Fact]
    public void Given_refused_credentials_from_one_address_When_there_are_too_many_Then_it_waits_and_others_do_not()
    {
        using var limits = new RequestLimits(new ApiOptions
        {
            RateLimits = new RateLimitOptions { PerAddress = 0, PerAccount = 0, RefusedPerAddress = 1, RefusedPerAddressBurst = 2 },
        });
        for (var i = 0; i < 5; i++) Assert.Null(limits.TakeFrom(Here));
        limits.NoteRefused(Here);
        Assert.Null(limits.TakeFrom(Here));
        limits.NoteRefused(Here);
        Assert.InRange(limits.TakeFrom(Here)!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Null(limits.TakeFrom(IPAddress.Parse("192.0.2.2")));
    }

    [Theory]
    [InlineData(false, "GET", "/v1/practice", null, HttpStatusCode.Unauthorized)]
    [InlineData(true, "GET", "/v1/practice", null, HttpStatusCode.Unauthorized)]
    [InlineData(true, "POST", "/v1/sessions", "{}", HttpStatusCode.BadRequest)]
    [InlineData(true, "POST", "/v1/sessions/passkey-options", null, HttpStatusCode.OK)]
    public async Task Given_a_server_with_limits_When_somebody_sends_more_Then_429_with_Retry_After_and_health_is_still_told(
        bool isOfRefused, string method, string path, string? body, HttpStatusCode status)
    {
        var verb = HttpMethod.Parse(method);
        var folder = Directory.CreateTempSubdirectory("jamemr-limits-").FullName;
        await using var app = ApiHost.Build(
            options =>
            {
                options.DataFolder = Path.Combine(folder, "data");
                options.Port = 0;
                options.PasswordHashIterations = 10;
                options.RateLimits = isOfRefused
                    ? new RateLimitOptions { RefusedPerAddress = 1, RefusedPerAddressBurst = 3 }
                    : new RateLimitOptions { PerAddress = 1, PerAddressBurst = 3 };
            },
            services => services.AddLogging(l => l.ClearProviders()));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using (var client = new ApiClient(new Uri(app.Urls.First())))
        {
            for (var i = 0; i < 3; i++) Assert.Equal(status, (await client.SendAsync(verb, path, body)).Status);
            var refused = await client.SendAsync(verb, path, body);
            Assert.Equal((HttpStatusCode.TooManyRequests, "too_many_requests"), (refused.Status, refused.Code));
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
            Assert.NotEmpty(refused.CorrelationId);
            for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, "/health/live")).Status);
        }

        await app.StopAsync(TestContext.Current.CancellationToken);
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Given_limits_that_cannot_be_right_When_checked_Then_told()
    {
        Assert.Empty(new RateLimitOptions().Failures("X"));
        Assert.Single(new RateLimitOptions { PerAddress = -1 }.Failures("X"));
        Assert.Single(new RateLimitOptions { PerAccountBurst = 0 }.Failures("X"));
    }

    private static RequestLimits Limits((int Rate, int Burst) address, (int Rate, int Burst) account) => new(new ApiOptions
    {
        RateLimits = new RateLimitOptions
        {
            PerAddress = address.Rate,
            PerAddressBurst = address.Burst,
            PerAccount = account.Rate,
            PerAccountBurst = account.Burst,
        },
    });

    private static Caller CallerOf(ActorKind kind) =>
        new(kind, new Guid((int)kind, 7, 7, new byte[8]), new Guid(1, 7, 7, new byte[8]), [Role.FrontDesk], [], null, null, "192.0.2.1", "test");
}
