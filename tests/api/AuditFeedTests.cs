using System.Net;
using System.Text.Json;
using JamEmr.Access;
using JamEmr.Api.Http;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Api;

/// <summary>The live log. Each test has a server of its own, since the clock moves.</summary>
public sealed class AuditFeedTests : IAsyncLifetime
{
    private readonly FailingLooks _looks = new();
    private readonly ApiServer _server;

    public AuditFeedTests() => _server = new ApiServer(services => services.AddSingleton<IIncomingGrainCallFilter>(_looks));

    private ApiClient Officer => _server.As(Role.SecurityOfficer);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_an_open_feed_When_something_happens_Then_it_is_delivered_with_its_place_in_the_ledger()
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (feed.Response.StatusCode, feed.Response.Content.Headers.ContentType!.MediaType));
        var read = await _server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice");

        var told = await feed.NextAsync(_server);
        var item = Read(told);
        Assert.Equal(("record", item.Index.ToString(System.Globalization.CultureInfo.InvariantCulture)), (told.Name, told.Id));
        Assert.Equal(("practice.read", read.CorrelationId), (item.Record.Event, item.Record.CorrelationId));
        var inLedger = await Log.OneAsync(_server, read, AuditEvents.PracticeRead);
        Assert.Equal(inLedger.Id, item.Record.Id);
        var followed = (await Officer.GetAsync<AuditPage>("/v1/audit/records?event=audit.followed")).Items;
        Assert.Equal("event", Assert.Single(followed).Record.Detail["conditions"]);
    }

    [Fact]
    public async Task Given_a_feed_that_broke_off_When_resumed_Then_nothing_is_missed_or_repeated()
    {
        for (var i = 0; i < 3; i++) await _server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice");
        var reads = (await Officer.GetAsync<AuditPage>("/v1/audit/records?event=practice.read&order=oldest")).Items;

        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read", after: reads[0].Index);
        Assert.Equal(reads[1].Index, Read(await feed.NextAsync(_server)).Index);
        Assert.Equal(reads[2].Index, Read(await feed.NextAsync(_server)).Index);
    }

    [Fact]
    public async Task Given_nothing_happens_When_time_passes_Then_the_feed_shows_that_it_lives()
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        Assert.Equal(EventStream.Heartbeat, (await feed.AnyAsync(_server)).Name);
    }

    [Fact]
    public async Task Given_the_session_ends_When_the_feed_looks_again_Then_it_ends_without_another_record()
    {
        using var other = await _server.SignInAsync("first", "securityofficer");
        await using var feed = await EventStream.OpenAsync(_server, other, "?event=practice.read");
        Assert.Equal(HttpStatusCode.OK, feed.Response.StatusCode);
        await other.SendAsync(HttpMethod.Delete, "/v1/sessions/current");
        await _server.As(Role.Clinical).SendAsync(HttpMethod.Get, "/v1/practice");

        await AssertEndAsync(feed, "unauthenticated");
    }

    [Fact]
    public async Task Given_a_persons_sessions_are_ended_When_the_feed_looks_again_Then_it_ends()
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        var me = (await Officer.GetAsync<SessionRecord>("/v1/sessions/current")).User;
        var admin = _server.As(Role.Administrative);
        await ApiServer.ReauthenticateAsync(admin);
        var ended = await admin.SendAsync(HttpMethod.Delete, $"/v1/users/{me}/sessions");
        Assert.True((int)ended.Status is >= 200 and < 300, ended.Body);

        await AssertEndAsync(feed, "unauthenticated");
    }

    [Fact]
    public async Task Given_a_feed_and_nothing_else_When_the_idle_limit_passes_Then_the_feed_does_not_keep_the_session_open()
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        ServerEvent told;
        do
        {
            _server.Time.Advance(TimeSpan.FromSeconds(20));
            told = await feed.AnyAsync(_server);
        }
        while (told.Name == EventStream.Heartbeat);

        Assert.Equal("end", told.Name);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Officer.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
    }

    [Fact]
    public async Task Given_the_server_stops_When_a_feed_is_open_Then_it_ends_as_an_answer_ends()
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        var stopping = _server.App.StopAsync(TestContext.Current.CancellationToken);
        await AssertEndAsync(feed, "stopping");
        await stopping;
    }

    public static TheoryData<Exception, string> Faults => new()
    {
        { new TimeoutException("planted"), "timeout" },
        { new SiloUnavailableException("planted"), "unavailable" },
        { new DomainException(ErrorCode.Unavailable, "Try again shortly."), "unavailable" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Given_an_open_feed_When_the_log_cannot_be_looked_at_Then_it_ends_with_the_reason(Exception fault, string code)
    {
        await using var feed = await EventStream.OpenAsync(_server, Officer, "?event=practice.read");
        _looks.Fault = fault;
        await AssertEndAsync(feed, code);
    }

    [Fact]
    public async Task Given_as_many_feeds_as_one_person_may_have_When_another_is_opened_Then_429_and_after_one_closes_it_opens()
    {
        await using var one = await EventStream.OpenAsync(_server, Officer);
        await using var two = await EventStream.OpenAsync(_server, Officer);
        var three = await EventStream.OpenAsync(_server, Officer);
        var refused = await Officer.SendAsync(HttpMethod.Get, "/v1/audit/feed");
        Assert.Equal((HttpStatusCode.TooManyRequests, "too_many_requests"), (refused.Status, refused.Code));
        await using (await EventStream.OpenAsync(_server, _server.As(Role.PrivacyOfficer))) await three.DisposeAsync();
        await using var again = await OpenWhenFreeAsync();
        Assert.Equal(HttpStatusCode.OK, again.Response.StatusCode);
    }

    [Theory]
    [InlineData("x", "/Last-Event-ID")]
    [InlineData("-1", "/Last-Event-ID")]
    [InlineData("1000000", "/after")]
    [InlineData("9223372036854775807", "/after")]
    public async Task Given_an_index_the_log_does_not_have_When_resuming_Then_400(string index, string pointer)
    {
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly } });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, "/v1/audit/feed"));
        request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", Officer.Token);
        request.Headers.Add("Last-Event-ID", index);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"\"pointer\":\"{pointer}\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    // The server learns that a client is gone when it next looks.
    private async Task<EventStream> OpenWhenFreeAsync()
    {
        while (true)
        {
            var feed = await EventStream.OpenAsync(_server, Officer);
            if (feed.Response.StatusCode is not HttpStatusCode.TooManyRequests) return feed;
            await feed.DisposeAsync();
            _server.Time.Advance(TimeSpan.FromMilliseconds(500));
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task AssertEndAsync(EventStream feed, string code)
    {
        var told = await feed.NextAsync(_server);
        Assert.Equal("end", told.Name);
        Assert.Equal(code, JsonDocument.Parse(told.Data).RootElement.GetProperty("code").GetString());
        Assert.DoesNotContain("planted", told.Data, StringComparison.Ordinal);
        await feed.EndAsync();
    }

    private static SequencedRecord Read(ServerEvent told) => JsonSerializer.Deserialize<SequencedRecord>(told.Data, ApiJson.Options)!;

    // What the engine throws where a grain does not answer.
    private sealed class FailingLooks : IIncomingGrainCallFilter
    {
        public Exception? Fault { get; set; }

        public Task Invoke(IIncomingGrainCallContext context) =>
            Fault is { } fault && context.InterfaceMethod.Name == nameof(IAuditTrailGrain.FollowNextAsync) ? Task.FromException(fault) : context.Invoke();
    }
}
