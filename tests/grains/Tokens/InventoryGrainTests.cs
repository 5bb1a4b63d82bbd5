using System.Security.Cryptography;
using JamEmr.Access;
using JamEmr.Approvals;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tests.Grains.Patients;
using JamEmr.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Tokens;

/// <summary>What the inventory shows, and to whom.</summary>
public sealed class InventoryGrainTests : IAsyncLifetime
{
    private static readonly RegisterToken Command = new("Nightly export", Role.FrontDesk, ["system/Patient.rs"], 30, Sandbox: true);
    private readonly QuietWitness _witness = new();
    private GrainHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await GrainHost.StartAsync(services => services.AddSingleton<IWitness>(_witness));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Given_one_of_each_way_to_the_data_When_listed_Then_each_is_there_with_who_let_it()
    {
        var emergency = await Emergency.PrepareAsync(_host);
        var practice = emergency.Practice;
        var owner = await practice.CreateAsync("owner", Role.FrontDesk);
        var administrator = practice.As(owner.Id, Role.Administrative).Reauthenticated();
        var officer = practice.As(Role.SecurityOfficer).Reauthenticated();
        var narrow = await administrator.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Networks = ["192.0.2.0/24"] }));
        await _host.PresentAsync(narrow.Secret);
        var wide = await administrator.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { Role = Role.Clinical, Scopes = ["system/Encounter.rs"] }));
        var approval = practice.NewId();
        var asked = await practice.As(Role.Administrative).Reauthenticated().CallAsync(
            approval, (IApprovalGrain g) => g.RequestAsync(new PrivilegedRequest(ApproveToken: new ApproveToken(wide.Token.Id, wide.Token.AwaitsApprovalOf!))));
        await officer.CallAsync(approval, (IApprovalGrain g) => g.ApproveAsync(asked.RequestHash));
        var waiting = await administrator.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command with { ExpiresInDays = 100 }));
        var gone = await administrator.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));
        await administrator.CallAsync(gone.Token.Id, (IApiTokenGrain g) => g.RevokeAsync());
        var grant = await emergency.StartAsync();
        await officer.CallAsync("audit-trail", (IAuditTrailGrain g) => g.ExportAsync(new AuditQuery(), AuditFormat.Ndjson));

        var reader = practice.As(Role.PrivacyOfficer);
        var items = (await reader.CallAsync("inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(null, 200)))).Items;

        var tokens = items.Where(item => item.Kind is InventoryKind.Token).ToList();
        Assert.Equal([waiting.Token.Id, wide.Token.Id, narrow.Token.Id], tokens.Select(item => Guid.Parse(item.Id)));
        Assert.Equal((InventoryGround.Waiting, null), (tokens[0].Ground, tokens[0].Approval));
        Assert.Empty(tokens[0].ApprovedBy);
        Assert.Equal((InventoryGround.Approval, approval), (tokens[1].Ground, tokens[1].Approval));
        Assert.Equal([officer.Caller.ActorId], tokens[1].ApprovedBy);
        Assert.Equal((InventoryGround.Administrator, "192.0.2.7", owner.Id), (tokens[2].Ground, tokens[2].Address, tokens[2].Person));
        Assert.Equal([owner.Id], tokens[2].ApprovedBy);
        Assert.Equal(["frontDesk", "system/Patient.rs"], tokens[2].Reach);

        Assert.Contains(items, item => item.Kind is InventoryKind.Session && item.Id == emergency.Session.Session.Id.ToString("D"));
        var emergencies = Assert.Single(items, item => item.Kind is InventoryKind.BreakGlass);
        Assert.Equal((grant.Id.ToString("D"), InventoryGround.Emergency), (emergencies.Id, emergencies.Ground));
        Assert.DoesNotContain(emergency.Patient.ToString("D"), emergencies.ToString(), StringComparison.Ordinal);
        var witness = Assert.Single(items, item => item.Kind is InventoryKind.Witness);
        Assert.Equal(("witness.example", InventoryGround.Configuration), (witness.Name, witness.Ground));
        var export = Assert.Single(items, item => item.Kind is InventoryKind.Export);
        Assert.Equal((officer.Caller.ActorId, InventoryGround.Office), (export.Person, export.Ground));
        Assert.Equal(items.Select(item => item.Kind).Order(), items.Select(item => item.Kind));
        Assert.Equal("inventory.listed", (await reader.OnlyRecordAsync()).Event);
    }

    [Fact]
    public async Task Given_pages_of_any_size_When_followed_to_the_end_Then_all_is_there_once()
    {
        var practice = await _host.FoundPracticeAsync();
        var owner = await practice.CreateAsync("owner", Role.FrontDesk);
        var administrator = practice.As(owner.Id, Role.Administrative).Reauthenticated();
        for (var i = 0; i < 3; i++) await administrator.CallAsync(practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));
        for (var i = 0; i < 3; i++) await _host.SignInAsync(practice, "owner");
        for (var i = 0; i < 2; i++)
            await practice.As(Role.SecurityOfficer).Reauthenticated().CallAsync("audit-trail", (IAuditTrailGrain g) => g.ExportAsync(new AuditQuery(), AuditFormat.Csv));
        var reader = practice.As(Role.Administrative);

        var all = (await reader.CallAsync("inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(null, 200)))).Items;
        Assert.Equal((3, 3, 1, 2), (Count(InventoryKind.Token), Count(InventoryKind.Session), Count(InventoryKind.Witness), Count(InventoryKind.Export)));
        for (var limit = 1; limit <= all.Length + 1; limit++)
        {
            List<string> seen = [];
            string? cursor = null;
            do
            {
                var page = await reader.CallAsync("inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(cursor, limit)));
                Assert.True(page.Items.Length <= limit);
                seen.AddRange(page.Items.Select(item => item.Id));
                cursor = page.Next;
            }
            while (cursor is not null);
            Assert.Equal(all.Select(item => item.Id), seen);
        }

        int Count(InventoryKind kind) => all.Count(item => item.Kind == kind);
    }

    [Fact]
    public async Task Given_ended_sessions_and_another_practice_When_listed_Then_neither_is_there()
    {
        var (practice, other) = (await _host.FoundPracticeAsync(), await _host.FoundPracticeAsync());
        await practice.CreateAsync("owner", Role.FrontDesk);
        await _host.SignInAsync(practice, "owner");
        var owner = await other.CreateAsync("owner", Role.FrontDesk);
        await other.As(owner.Id, Role.Administrative).Reauthenticated().CallAsync(other.NewId(), (IApiTokenGrain g) => g.RegisterAsync(Command));
        await other.As(Role.SecurityOfficer).Reauthenticated().CallAsync("audit-trail", (IAuditTrailGrain g) => g.ExportAsync(new AuditQuery(), AuditFormat.Csv));
        _host.Time.Jump(TimeSpan.FromMinutes(16));

        var page = await practice.As(Role.SecurityOfficer).CallAsync("inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(null, 200)));

        Assert.Equal([InventoryKind.Witness], page.Items.Select(item => item.Kind));
    }

    [Theory]
    [InlineData(Role.Clinical)]
    [InlineData(Role.FrontDesk)]
    public async Task Given_a_role_without_the_right_When_listing_Then_it_is_forbidden(Role role)
    {
        var practice = await _host.FoundPracticeAsync();
        await practice.As(role).RefusedAsync(ErrorCode.Forbidden, "inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(null, 200)));
    }

    [Fact]
    public async Task Given_a_cursor_of_another_list_or_a_wrong_limit_When_listing_Then_it_is_refused()
    {
        var practice = await _host.FoundPracticeAsync();
        var reader = practice.As(Role.Administrative);
        await reader.RefusedAsync(ErrorCode.InvalidRequest, "inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest("1AAAA", 200)));
        await reader.RefusedAsync(ErrorCode.InvalidRequest, "inventory", (IInventoryGrain g) => g.ListAsync(new PageRequest(null, 0)));
    }

    /// <summary>A witness that is configured and never asked.</summary>
    private sealed class QuietWitness : IWitness
    {
        public NoteVerifier Key { get; } = NewKey();

        public Task<WitnessAnswer> AddAsync(WitnessRequest request, CancellationToken ct) => throw new InvalidOperationException("Nobody asks it.");

        public Task<SignedNote?> NewestAsync(string origin, CancellationToken ct) => throw new InvalidOperationException("Nobody asks it.");

        private static NoteVerifier NewKey()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return NoteVerifier.Create("witness.example", NoteKeyType.EcdsaCosignature, key.ExportSubjectPublicKeyInfo());
        }
    }
}
