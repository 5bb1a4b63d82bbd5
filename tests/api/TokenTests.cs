using System.Net;
using JamEmr.Access;
using JamEmr.Api.Endpoints;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api;

/// <summary>Registered tokens over the API: where and how long they open anything, and the inventory of all that does.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private static readonly RegisterToken Command = new("Nightly export", Role.FrontDesk, ["system/Organization.r"], 30, Sandbox: true);
    private readonly ApiServer _server = new();

    private ApiClient Admin => _server.As(Role.Administrative);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Given_networks_When_used_from_elsewhere_Then_401_and_the_log_says_why_and_from_where()
    {
        var here = await RegisterAsync(Command with { Networks = ["127.0.0.0/8", "::1/128"] });
        var elsewhere = await RegisterAsync(Command with { Networks = ["192.0.2.0/24"] });

        Assert.Equal(HttpStatusCode.OK, (await UseAsync(here.Secret)).Status);
        var refused = await UseAsync(elsewhere.Secret);
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (refused.Status, refused.Code));
        var record = await Log.OneAsync(_server, refused, AuditEvents.TokenRefused);
        Assert.Equal(("outside_networks", "127.0.0.1"), (record.Reason, record.RemoteAddress));
        var read = await Admin.GetAsync<TokenRecord>($"/v1/tokens/{here.Token.Id}");
        Assert.Equal((_server.Time.GetUtcNow(), "127.0.0.1", TokenStatus.Active), (read.LastUsedAt, read.LastUsedAddress, read.Status));
    }

    [Fact]
    public async Task Given_a_rotation_and_a_renewal_When_time_passes_Then_each_secret_opens_as_long_as_it_was_told()
    {
        var first = await RegisterAsync(Command);
        var path = $"/v1/tokens/{first.Token.Id}";
        var second = await Admin.PostAsync<RegisteredToken>($"{path}/rotation", new RotateToken(1));
        Assert.Equal(HttpStatusCode.OK, (await UseAsync(first.Secret)).Status);
        await _server.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await UseAsync(first.Secret)).Status);
        Assert.Equal(HttpStatusCode.OK, (await UseAsync(second.Secret)).Status);

        using var admin = await SignInAsync();
        var renewed = await admin.PostAsync<TokenRecord>($"{path}/renewal", new RenewToken(60));
        Assert.Equal(_server.Time.GetUtcNow().AddDays(60), renewed.ExpiresAt);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.SendAsync(HttpMethod.Post, $"{path}/renewal", new RenewToken(91))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.SendAsync(HttpMethod.Put, $"{path}/owner", new TransferToken(Guid.Empty))).Status);
    }

    [Fact]
    public async Task Given_a_wide_token_When_the_officer_approves_it_Then_it_opens_and_the_inventory_names_the_officer()
    {
        var wide = await RegisterAsync(Command with { Scopes = ["system/*.r"] });
        var refused = await UseAsync(wide.Secret);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("pending_approval", (await Log.OneAsync(_server, refused, AuditEvents.TokenRefused)).Reason);

        var request = new PrivilegedRequest(ApproveToken: new ApproveToken(wide.Token.Id, wide.Token.AwaitsApprovalOf!));
        var done = await ApproveAsync(request, Role.SecurityOfficer, Role.PrivacyOfficer);

        Assert.Equal(ApprovalStatus.Executed, done.Status);
        Assert.Equal(HttpStatusCode.OK, (await UseAsync(wide.Secret)).Status);
        var items = (await _server.As(Role.SecurityOfficer).GetAsync<Page<InventoryItem>>("/v1/access/inventory?limit=200")).Items;
        var listed = Assert.Single(items, item => item.Kind is InventoryKind.Token);
        Assert.Equal((wide.Token.Id.ToString("D"), done.Id, InventoryGround.Approval), (listed.Id, listed.Approval, listed.Ground));
        Assert.Equal(2, listed.ApprovedBy.Length);
        Assert.True(items.Count(item => item.Kind is InventoryKind.Session) >= ApiServer.Roles.Length);
    }

    [Fact]
    public async Task Given_children_When_their_parent_is_revoked_Then_none_opens_anything_and_all_are_listed()
    {
        var parent = await RegisterAsync(Command);
        List<RegisteredToken> children = [];
        for (var i = 0; i < 3; i++) children.Add(await RegisterAsync(Command with { Parent = parent.Token.Id }));
        foreach (var child in children) Assert.Equal(HttpStatusCode.OK, (await UseAsync(child.Secret)).Status);

        var revoked = await _server.As(Role.SecurityOfficer).ExpectAsync<TokenRecord>(HttpMethod.Delete, $"/v1/tokens/{parent.Token.Id}", null, null);

        Assert.Equal(TokenStatus.Revoked, revoked.Status);
        foreach (var child in children) Assert.Equal(HttpStatusCode.Unauthorized, (await UseAsync(child.Secret)).Status);
        var page = await Admin.GetAsync<Page<TokenRecord>>($"/v1/tokens/{parent.Token.Id}/children?limit=2");
        Assert.Equal([children[2].Token.Id, children[1].Token.Id], page.Items.Select(token => token.Id));
        var rest = await Admin.GetAsync<Page<TokenRecord>>($"/v1/tokens/{parent.Token.Id}/children?limit=2&cursor={page.Next}");
        Assert.Equal((children[0].Token.Id, TokenStatus.Revoked), (Assert.Single(rest.Items).Id, rest.Items[0].Status));
    }

    [Fact]
    public async Task Given_a_sandbox_token_When_an_agreement_is_in_force_Then_it_opens_nothing_any_more()
    {
        var sandbox = await RegisterAsync(Command);
        Assert.Equal(HttpStatusCode.OK, (await UseAsync(sandbox.Secret)).Status);
        var today = new DateOnly(2026, 3, 1);
        var agreement = new RecordBaa(
            new string('a', 64),
            [new BaaSigner("Ann Okafor", "Owner", "Clinic", today), new BaaSigner("Bo Lind", "Director", "Operator Ltd", today)],
            today,
            null,
            24,
            [new BaaContact("Ann Okafor", "Owner", "ann@example.org", "")]);

        Assert.Equal(ApprovalStatus.Executed, (await ApproveAsync(new PrivilegedRequest(RecordBaa: agreement), Role.PrivacyOfficer)).Status);

        var refused = await UseAsync(sandbox.Secret);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("sandbox_over", (await Log.OneAsync(_server, refused, AuditEvents.TokenRefused)).Reason);
        Assert.Equal(TokenStatus.Expired, (await Admin.GetAsync<TokenRecord>($"/v1/tokens/{sandbox.Token.Id}")).Status);
        var another = await Admin.SendAsync(HttpMethod.Post, "/v1/tokens", Command);
        Assert.Equal((HttpStatusCode.BadRequest, "/sandbox"), (another.Status, another.Pointer));
    }

    [Fact]
    public async Task Given_any_character_of_a_token_changed_When_used_Then_401()
    {
        var secret = (await RegisterAsync(Command)).Secret;
        using var thief = _server.Nobody();
        for (var i = 0; i < secret.Length; i++)
        {
            thief.Present(secret[..i] + (secret[i] == 'A' ? 'B' : 'A') + secret[(i + 1)..]);
            Assert.Equal(HttpStatusCode.Unauthorized, (await thief.SendAsync(HttpMethod.Get, "/v1/practice")).Status);
        }
    }

    private async Task<RegisteredToken> RegisterAsync(RegisterToken command)
    {
        await ApiServer.ReauthenticateAsync(Admin);
        return await Admin.PostAsync<RegisteredToken>("/v1/tokens", command);
    }

    private async Task<Answer> UseAsync(string secret)
    {
        using var program = _server.Nobody();
        program.Present(secret);
        return await program.SendAsync(HttpMethod.Get, "/v1/practice");
    }

    // After an hour, sessions of before are over.
    private async Task<ApiClient> SignInAsync()
    {
        var admin = await _server.SignInAsync("first", "admin");
        await ApiServer.ReauthenticateAsync(admin);
        return admin;
    }

    private async Task<ApprovalRecord> ApproveAsync(PrivilegedRequest request, params Role[] officers)
    {
        await ApiServer.ReauthenticateAsync(Admin);
        var record = await Admin.PostAsync<ApprovalRecord>("/v1/approvals", request);
        foreach (var officer in officers)
        {
            await ApiServer.ReauthenticateAsync(_server.As(officer));
            record = await _server.As(officer).PostAsync<ApprovalRecord>($"/v1/approvals/{record.Id}/approval", new ApproveRequest(record.RequestHash));
        }

        return record;
    }
}
