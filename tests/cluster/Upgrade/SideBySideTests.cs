using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Bench.Crash;
using JamEmr.Engine.Clustering;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime.Messaging;
using Orleans.Runtime.Placement;

namespace JamEmr.Tests.Cluster.Upgrade;

/// <summary>
/// A rolling upgrade, forth and back: silos of this release and of a next one (<see cref="NextRelease"/>) in one cluster on one database, and a
/// client of this release. Calls go between them in every direction, and each reads and writes what the other stored.
/// </summary>
[Collection("Processes")]
public sealed class SideBySideTests
{
    private static readonly Demographics Ada = new("Lovelace", "Ada", new DateOnly(1975, 12, 10), AdministrativeGender.Female, Synthetic: true, Address: "Old Street 1");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_two_releases_side_by_side_When_a_cluster_goes_forth_and_back_Then_every_call_succeeds_and_nothing_is_lost()
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        // Before there is a cluster: a build takes more of a machine than silos that are to answer in time can spare.
        var programs = await NextRelease.BuildAsync(ClusterPrograms.Find(), Ct);
        await using var database = await ClusterDatabase.CreateAsync();
        await using var cluster = await ClusterUnderTest.StartAsync(new ClusterPlan(database.Connection) { Silos = 1, Apis = 1, WriteLimit = ClusterPlan.LongWriteLimit }, Ct);
        using var client = await ConnectAsync(database.Connection, cluster.Keys);
        var now = Assert.Single(await SilosAsync(client));
        using var http = Http.NewClient();
        var (people, _, _) = await People.FoundAsync(http, cluster.Addresses[0], cluster.SetupCode, Ct);
        var person = new Person(client, await CallerOfAsync(client, people.Doctor), await CallerOfAsync(client, people.Officer));
        var practice = person.Practice;
        var (first, second) = (NewId(), NewId());

        // All on this release.
        await person.AskAsync(now, first, (IPatientGrain g) => g.RegisterAsync(Ada));

        // The next release comes in beside it. The client of this release understands its answers.
        await cluster.LaunchSilo(programs).ReadyAsync(Ct);
        var next = Assert.Single((await SilosAsync(client)).Except([now]));
        Assert.Equal(Ada with { Address = "Nick, en" }, await RegisterAndReadAsync(next, second));
        Assert.Equal(next, await HostAsync(client, practice, second));

        // Calls from one to the other, with messages that the other knows more or fewer members of.
        Assert.Empty((await person.AskAsync(now, second, (IChartGrain g) => g.GetAsync())).Allergies);
        Assert.Empty((await person.AskAsync(next, first, (IChartGrain g) => g.GetAsync())).Allergies);
        Assert.Equal(now, await HostAsync(client, practice, first));

        // Back: the next release is taken out again, and this one reads and changes what it left, schema version and all.
        Assert.Equal(0, await cluster.Silos[1].StopAsync(Ct));
        Assert.Equal("Old Street 1", (await person.AskAsync(now, second, (IPatientGrain g) => g.GetAsync())).Demographics.Address);
        Assert.Equal(2, (await person.AskAsync(now, second, (IPatientGrain g) => g.UpdateAsync(Ada with { Phone = "2" }, 1))).Version);

        // Forth again, for good: what the next release had stored is still there, although this one wrote the state since.
        await cluster.LaunchSilo(programs).ReadyAsync(Ct);
        Assert.Equal(0, await cluster.Silos[0].StopAsync(Ct));
        var last = Assert.Single(await SilosAsync(client));
        var kept = await person.AskAsync(last, second, (IPatientGrain g) => g.GetAsync());
        Assert.Equal(("Nick, en", "2", 2), (kept.Demographics.Address, kept.Demographics.Phone, kept.Version));

        // What this release had stored, the next one reads, without what it did not have then, and changes.
        Assert.Equal(", ", (await person.AskAsync(last, first, (IPatientGrain g) => g.GetAsync())).Demographics.Address);
        Assert.Equal(2, (await person.AskAsync(last, first, (IPatientGrain g) => g.UpdateAsync(Ada with { Phone = "1" }, 1))).Version);

        // One log, in one order, whoever appended; the question itself is on it.
        Assert.Equal(
            ["patient.registered", "patient.read", "chart.opened", "patient.read", "patient.updated", "patient.read", "audit.read"],
            await person.TrailAsync(last, second));
        Assert.Equal(["patient.registered", "chart.opened", "patient.read", "patient.updated", "audit.read"], await person.TrailAsync(last, first));

        async Task<Demographics> RegisterAndReadAsync(SiloAddress silo, Guid patient)
        {
            await person.AskAsync(silo, patient, (IPatientGrain g) => g.RegisterAsync(Ada));
            return (await person.AskAsync(silo, patient, (IPatientGrain g) => g.GetAsync())).Demographics;
        }
    }

    private static async Task<IHost> ConnectAsync(string connection, ClusterKeys keys)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.AddOrleansEngine(options =>
        {
            options.ConnectionString = connection;
            options.Tls = new ClusterTlsOptions
            {
                CertificateFile = Path.Combine(keys.Folder, "api-api1.crt"),
                KeyFile = Path.Combine(keys.Folder, "api-api1.key"),
                AuthorityFile = Path.Combine(keys.Folder, "authority.crt"),
            };
        }));
        var host = builder.Build();
        await host.StartAsync(Ct);
        return host;
    }

    private static async Task<IReadOnlyCollection<SiloAddress>> SilosAsync(IHost client)
    {
        RequestContext.Clear();
        return (await SentAsync(() => Management(client).GetHosts(onlyActive: true))).Keys;
    }

    // Where a patient's activation is; null when there is none.
    private static async Task<SiloAddress?> HostAsync(IHost client, Guid practice, Guid patient)
    {
        RequestContext.Clear();
        return await Management(client).GetActivationAddress(client.Services.GetRequiredService<IGrainFactory>().GetGrain<IPatientGrain>(GrainKeys.Of(practice, patient)));
    }

    // A client learns only after a while that a silo has left: what it could not send, nobody has done, and it sends it again.
    private static async Task<T> SentAsync<T>(Func<Task<T>> call)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                return await call().WaitAsync(limit.Token);
            }
            catch (ConnectionFailedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), limit.Token);
            }
        }
    }

    private static IManagementGrain Management(IHost client) => client.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    // As a front door finds out whose session it was shown.
    private static async Task<Caller> CallerOfAsync(IHost client, string session)
    {
        RequestContext.Clear();
        CallerContext.Set(Caller.Anonymous("192.0.2.1", "upgrade"));
        Assert.True(CredentialFormat.TryParse(session, out var credential));
        var grain = client.Services.GetRequiredService<IGrainFactory>().GetGrain<IUserSessionGrain>(credential.GrainKey);
        return (await grain.AuthenticateAsync(new Presented(credential.Secret))).Caller;
    }

    /// <summary>Somebody of the practice, who says where what they ask for is to be done when it is not being done anywhere yet.</summary>
    private sealed class Person(IHost client, Caller doctor, Caller officer)
    {
        public Guid Practice => doctor.Practice!.Value;

        public Task<T> AskAsync<TGrain, T>(SiloAddress silo, Guid id, Func<TGrain, Task<T>> call)
            where TGrain : IGrainWithStringKey => AskAsync(doctor, silo, GrainKeys.Of(Practice, id), call);

        public async Task<IReadOnlyList<string>> TrailAsync(SiloAddress silo, Guid patient)
        {
            var query = new AuditQuery(Patient: patient, OldestFirst: true);
            var page = await AskAsync(officer, silo, GrainKeys.Of(Practice, "audit-trail"), (IAuditTrailGrain g) => g.QueryAsync(query, new PageRequest(null, 200)));
            return [.. page.Items.Select(item => item.Record.Event)];
        }

        private async Task<T> AskAsync<TGrain, T>(Caller caller, SiloAddress silo, string key, Func<TGrain, Task<T>> call)
            where TGrain : IGrainWithStringKey
        {
            RequestContext.Clear();
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
            CallerContext.Set(caller with { CorrelationId = string.Create(CultureInfo.InvariantCulture, $"upgrade-{key}") });
            return await SentAsync(() => call(client.Services.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(key)));
        }
    }
}
