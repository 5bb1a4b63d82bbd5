using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Audit;
using JamEmr.Identity;

namespace JamEmr.Tests.Api;

/// <summary>A person's sessions over the API: use, background use, locking, lists, ends, and what every answer says of them.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private const string Status = "/v1/sessions/current/status";
    private readonly ApiServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_a_page_that_only_looks_for_news_When_a_quarter_of_an_hour_passes_Then_the_session_is_over()
    {
        var officer = _server.As(Role.SecurityOfficer);
        var ends = (await officer.GetAsync<SessionStatus>(Status)).IdleEndsAt;
        for (var minute = 0; minute < 14; minute++)
        {
            _server.Time.Jump(TimeSpan.FromMinutes(1));
            Assert.Equal(ends, (await officer.GetAsync<SessionStatus>(Status)).IdleEndsAt);
            Assert.Equal(HttpStatusCode.OK, (await officer.SendAsync(HttpMethod.Get, "/v1/notices")).Status);
            Assert.Equal(HttpStatusCode.OK, (await officer.SendInBackgroundAsync("/v1/practice")).Status);
        }

        _server.Time.Jump(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await officer.SendAsync(HttpMethod.Get, Status)).Status);
    }

    [Fact]
    public async Task Given_a_session_When_used_Then_its_status_moves_and_looking_leaves_no_record()
    {
        var desk = _server.As(Role.FrontDesk);
        _server.Time.Jump(TimeSpan.FromMinutes(5));
        await desk.GetAsync<JamEmr.Practices.PracticeRecord>("/v1/practice");
        var answer = await desk.SendAsync(HttpMethod.Get, Status);
        var status = answer.Read<SessionStatus>();
        Assert.Equal((_server.Time.GetUtcNow() + TimeSpan.FromMinutes(15), false, BaaStatus.None), (status.IdleEndsAt, status.Locked, status.Agreement));
        Assert.Null(status.AntiForgery);
        Assert.Empty(await Log.OfAsync(_server, answer.CorrelationId));
        Assert.Equal("true", Assert.Single(answer.Headers.GetValues("JamEmr-Synthetic")));
        Assert.False(answer.Headers.Contains("JamEmr-Break-Glass"));
    }

    [Fact]
    public async Task Given_a_locked_session_When_anything_else_is_asked_Then_423_until_it_is_unlocked()
    {
        var desk = _server.As(Role.FrontDesk);
        Assert.NotNull((await desk.PostAsync<SessionRecord>("/v1/sessions/current/lock", null)).LockedAt);
        foreach (var path in new[] { "/v1/practice", "/v1/sessions/current", "/v1/sessions" })
        {
            var refused = await desk.SendAsync(HttpMethod.Get, path);
            Assert.Equal(((HttpStatusCode)423, "session_locked"), (refused.Status, refused.Code));
            Assert.Equal("locked", (await Log.OneAsync(_server, refused, AuditEvents.SessionRefused)).Reason);
        }

        Assert.True((await desk.GetAsync<SessionStatus>(Status)).Locked);
        var wrong = await desk.SendAsync(HttpMethod.Post, "/v1/sessions/current/unlock", new { password = "a wrong password" });
        Assert.Equal(HttpStatusCode.Forbidden, wrong.Status);
        Assert.Null((await desk.PostAsync<SessionRecord>("/v1/sessions/current/unlock", new { password = ApiServer.Password })).LockedAt);
        Assert.Equal(HttpStatusCode.OK, (await desk.SendAsync(HttpMethod.Get, "/v1/practice")).Status);

        await desk.PostAsync<SessionRecord>("/v1/sessions/current/lock", null);
        Assert.Equal(HttpStatusCode.NoContent, (await desk.SendAsync(HttpMethod.Delete, "/v1/sessions/current")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await desk.SendAsync(HttpMethod.Get, Status)).Status);
    }

    [Fact]
    public async Task Given_two_sessions_When_one_ends_the_other_Then_it_opens_nothing()
    {
        var desk = _server.As(Role.FrontDesk);
        using var elsewhere = await _server.SignInAsync("first", "frontdesk");
        using var third = await _server.SignInAsync("first", "frontdesk");
        var listed = await desk.GetAsync<Page<SessionRecord>>("/v1/sessions");
        Assert.Equal(3, listed.Items.Length);
        Assert.All(listed.Items, s => Assert.Equal("127.0.0.1", s.OpenedFrom));
        var other = (await elsewhere.GetAsync<SessionRecord>("/v1/sessions/current")).Id;

        Assert.Equal(HttpStatusCode.NoContent, (await desk.SendAsync(HttpMethod.Delete, $"/v1/sessions/{other}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await elsewhere.SendAsync(HttpMethod.Get, Status)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await desk.SendAsync(HttpMethod.Delete, "/v1/sessions")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await third.SendAsync(HttpMethod.Get, Status)).Status);
        Assert.Single((await desk.GetAsync<Page<SessionRecord>>("/v1/sessions")).Items);

        var stranger = await _server.As(Role.Clinical).SendAsync(HttpMethod.Delete, $"/v1/sessions/{listed.Items[2].Id}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Status);
    }

    [Fact]
    public async Task Given_a_persons_sessions_When_an_administrator_ends_them_Then_at_once_and_on_the_log()
    {
        var (admin, desk) = (_server.As(Role.Administrative), _server.As(Role.FrontDesk));
        var own = await desk.GetAsync<SessionRecord>("/v1/sessions/current");
        Assert.Single((await admin.GetAsync<Page<SessionRecord>>($"/v1/users/{own.User}/sessions")).Items);
        var answer = await admin.SendAsync(HttpMethod.Delete, $"/v1/users/{own.User}/sessions");
        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await desk.SendAsync(HttpMethod.Get, Status)).Status);
        Assert.Equal(own.Id.ToString("D"), (await Log.OneAsync(_server, answer, AuditEvents.SessionEnded)).EntityId);
        Assert.Empty((await admin.GetAsync<Page<SessionRecord>>($"/v1/users/{own.User}/sessions")).Items);
    }
}
