using JamEmr.Access;
using JamEmr.Bench.Crash;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Practices;
using Npgsql;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>What somebody can do who took over a front door's machine and holds its certificate: no more than the people whose sessions pass through it.</summary>
[Collection("Processes")]
public sealed class FrontDoorTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_front_doors_certificate_When_callers_are_made_up_Then_they_are_nobody_and_the_engines_own_calls_are_refused()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        var (people, _, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        Assert.True(CredentialFormat.TryParse(people.Desk, out var desk));
        await using var taken = await BareClient.ConnectAsync(cluster, Ct);
        var grains = taken.Grains;
        var practice = grains.GetGrain<IPracticeGrain>(GrainKeys.Of(desk.Practice, "practice"));
        var chart = grains.GetGrain<IPatientGrain>(GrainKeys.Of(desk.Practice, NewId()));

        var anonymous = Caller.Anonymous("192.0.2.7", "forged");
        var established = await taken.CallerOfAsync(people.Desk);
        Assert.Equal(desk.Practice, (await BareClient.AsAsync(established, practice.GetAsync)).Id);

        var now = TimeProvider.System.GetUtcNow();
        var made = new Caller(ActorKind.User, NewId(), desk.Practice, [Role.Clinical], [], null, now, "192.0.2.7", "forged");
        await IsNobodyAsync(made, chart.GetAsync);
        await IsNobodyAsync(made with { SessionId = NewId() }, chart.GetAsync);
        await IsNobodyAsync(established with { Roles = [Role.Clinical] }, chart.GetAsync);
        await IsNobodyAsync(established with { ActorId = NewId() }, practice.GetAsync);
        await IsNobodyAsync(established with { Proof = null }, practice.GetAsync);
        await IsNobodyAsync(made with { Kind = ActorKind.Token, Scopes = ["system/*.cruds"] }, chart.GetAsync);
        await IsNobodyAsync(anonymous with { Kind = ActorKind.System, Practice = desk.Practice, Roles = [Role.Clinical] }, chart.GetAsync);
        await IsNobodyAsync(anonymous with { Practice = desk.Practice, Roles = [Role.Clinical] }, chart.GetAsync);

        var session = grains.GetGrain<IUserSessionGrain>(desk.GrainKey).GetGrainId();
        var reminder = grains.GetGrain<IRemindable>(GrainId.Create("breakglass", session.Key.ToString()!)).ReceiveReminder("expiry", default);
        Assert.Equal(ErrorCode.Forbidden, (await Assert.ThrowsAsync<DomainException>(() => reminder)).Code);
        var management = grains.GetGrain<IManagementGrain>(0);
        Assert.NotEmpty(await management.GetHosts(onlyActive: true));
        Assert.Equal(ErrorCode.Forbidden, (await Assert.ThrowsAsync<DomainException>(() => management.ForceActivationCollection(TimeSpan.Zero))).Code);
    }

    [Fact]
    public async Task Given_a_front_doors_certificate_When_the_silos_own_requests_are_sent_to_them_Then_they_are_refused_and_nothing_happens()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        await using var taken = await BareClient.ConnectAsync(cluster, Ct);
        var management = taken.Grains.GetGrain<IManagementGrain>(0);
        var silo = (await management.GetHosts(onlyActive: true)).Keys.First();
        var session = taken.Grains.GetGrain<IUserSessionGrain>(GrainKeys.Of(NewId(), NewId()));

        await IsRefusedAsync(Forgery.PlantReminderAsync(taken, silo, session.GetGrainId()));
        await IsRefusedAsync(Forgery.CallSystemAsync(taken, silo, "silo-control", "Orleans.ISiloControl", "ForceActivationCollection", TimeSpan.Zero));
        await IsRefusedAsync(Forgery.CallSystemAsync(taken, silo, "silo-control", "Orleans.ISiloControl", "Ping", "forged"));
        await IsRefusedAsync(Forgery.PlantActivationAsync(taken, silo, session.GetGrainId()));

        Assert.Null(await management.GetActivationAddress(session));
        await using var database = new NpgsqlConnection(cluster.Connection);
        await database.OpenAsync(Ct);
        await using var planted = new NpgsqlCommand($"SELECT count(*) FROM jamemr_reminder WHERE name = '{Forgery.Reminder}'", database);
        Assert.Equal(0L, await planted.ExecuteScalarAsync(Ct));
    }

    [Fact]
    public async Task Given_a_client_that_writes_anothers_name_as_the_sender_When_it_calls_Then_it_is_nobody()
    {
        await using var cluster = await TestCluster.StartAsync(Ct);
        using var http = Http.NewClient();
        var (people, _, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.Processes.SetupCode, Ct);
        Assert.True(CredentialFormat.TryParse(people.Desk, out var desk));
        var key = GrainKeys.Of(desk.Practice, "practice");
        var now = TimeProvider.System.GetUtcNow();
        var made = new Caller(ActorKind.User, NewId(), desk.Practice, [Role.Administrative], [], null, now, "192.0.2.7", "forged");

        await using var honest = await BareClient.ConnectAsync(cluster, Ct);
        var established = await honest.CallerOfAsync(people.Desk);
        var practice = honest.Grains.GetGrain<IPracticeGrain>(key);
        var before = await BareClient.AsAsync(established, practice.GetAsync);

        // What is answered goes to whose name it bears: only what it did can be seen. The next call goes the same way, after it.
        var own = Forgery.NameOf(honest);
        foreach (var name in (GrainId[])[GrainId.Create("approval", GrainKeys.Of(desk.Practice, NewId())), GrainId.Create("sys.client", "hosted-S127.0.0.1:11111:1")])
        {
            Forgery.SendAs(honest, name);
            var update = BareClient.AsAsync(made, () => practice.UpdateAsync(new UpdatePractice("Forged", before.TimeZone), before.Version));
            Forgery.SendAs(honest, own);
            var after = await BareClient.AsAsync(established, practice.GetAsync);
            Assert.Equal((before.Name, before.Version), (after.Name, after.Version));
            Assert.False(update.IsCompletedSuccessfully);
        }
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private static async Task IsRefusedAsync(Task call) => Assert.Equal(ErrorCode.Forbidden, (await Assert.ThrowsAsync<DomainException>(() => call)).Code);

    private static async Task IsNobodyAsync<T>(Caller caller, Func<Task<T>> call) =>
        Assert.Equal(ErrorCode.Unauthenticated, (await Assert.ThrowsAsync<DomainException>(() => BareClient.AsAsync(caller, call))).Code);
}
