using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Ledger;
using JamEmr.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Operations;

public sealed class ServiceGrainTests
{
    [Fact]
    public async Task Given_a_service_When_it_starts_stops_and_starts_with_other_settings_Then_the_systems_log_tells_it_all()
    {
        var facts = new ServiceFacts("1.0", new string('a', 64));
        await using var host = await GrainHost.StartAsync(services => services.AddTransient(_ => facts));
        var policy = host.Services.GetRequiredService<PolicyTable>().Hash;
        Assert.Equal(["service.started"], (await LifeAsync(host)).Select(r => r.Event));

        await host.RestartAsync();
        facts = new ServiceFacts("1.1", new string('b', 64));
        await host.RestartAsync();

        var life = await LifeAsync(host);
        Assert.Equal(
            ["service.started", "service.stopped", "service.started", "service.stopped", "service.started", "service.configured"],
            life.Select(r => r.Event));
        Assert.All(life, record => Assert.Equal((ActorKind.System, policy, "service"), (record.ActorKind, record.PolicyHash, record.EntityId)));
        Assert.Equal(("1.1", new string('b', 64)), (life[4].Detail["version"], life[4].Detail["configuration"]));
        Assert.Equal((new string('a', 64), new string('b', 64)), (life[5].Detail["previous"], life[5].Detail["configuration"]));
    }

    [Theory]
    [InlineData(Role.Administrative)]
    [InlineData(Role.SecurityOfficer)]
    public async Task Given_a_person_When_they_say_that_the_service_starts_Then_they_are_refused(Role role)
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        var person = practice.As(role);
        await person.RefusedKeyAsync(ErrorCode.NotFound, GrainKeys.OfSystem("service"), (IServiceGrain g) => g.StoppedAsync(new ServiceFacts("1", "2")));
        await host.Anonymous().RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.OfSystem("service"), (IServiceGrain g) => g.StoppedAsync(new ServiceFacts("1", "2")));
        Assert.DoesNotContain(await LifeAsync(host), r => r.Event == "service.stopped");
    }

    private static async Task<IReadOnlyList<AuditRecord>> LifeAsync(GrainHost host)
    {
        var found = await host.Ledger.QueryAsync(
            GrainKeys.System, new LedgerQuery { Category = "service", OldestFirst = true, Limit = 50 }, TestContext.Current.CancellationToken);
        return [.. found.Entries.Select(entry => JsonSerializer.Deserialize(entry.Bytes.Span, GrainJson.TypeInfo<AuditRecord>())!)];
    }
}
