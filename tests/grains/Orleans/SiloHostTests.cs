extern alias silo;

using JamEmr.Audit;
using JamEmr.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using silo::JamEmr.Silo;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>What a silo is made of.</summary>
public sealed class SiloHostTests
{
    [Fact]
    public void Given_a_silo_When_built_Then_it_watches_its_log_once_it_runs()
    {
        var services = SiloHost.Builder([]).Services;

        Assert.Single(services, service => service.ServiceType == typeof(AuditWatch));
        var hosted = services.Where(service => service.ServiceType == typeof(IHostedService)).ToList();
        var silo = hosted.FindIndex(service => service.ImplementationType?.Namespace?.StartsWith("Orleans", StringComparison.Ordinal) is true);
        var life = hosted.FindIndex(service => service.ImplementationType?.Assembly == typeof(AuditWatch).Assembly);
        Assert.True(silo >= 0 && silo < life, $"The silo is {silo}, the watch and the service's life are {life}.");
    }

    [Fact]
    public void Given_two_silos_When_their_settings_differ_Then_so_do_their_hashes_but_not_for_where_each_keeps_its_files()
    {
        var one = new SiloOptions().Hash();

        Assert.Equal(one, new SiloOptions { Checkpoints = { Folder = "elsewhere" } }.Hash());
        Assert.NotEqual(one, new SiloOptions { LedgerSchema = "other" }.Hash());
    }
}
