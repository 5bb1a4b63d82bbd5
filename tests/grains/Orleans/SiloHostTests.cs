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
        var file = Path.GetTempFileName();
        // Nothing is opened before the host starts.
        File.WriteAllText(file, "Host=localhost;Database=none");
        var services = SiloHost.Builder([$"--JamEmr:Cluster:ConnectionStringFile={file}", "--JamEmr:Cluster:AdvertisedAddress=127.0.0.1"]).Services;
        File.Delete(file);

        Assert.Single(services, service => service.ServiceType == typeof(AuditWatch));
        var hosted = services.Where(service => service.ServiceType == typeof(IHostedService)).ToList();
        var silo = hosted.FindIndex(service => service.ImplementationType?.Namespace?.StartsWith("Orleans", StringComparison.Ordinal) is true);
        var life = hosted.FindIndex(service => service.ImplementationType == typeof(ServiceLife));
        Assert.True(silo >= 0 && silo < life, $"The silo is {silo}, the service's life is {life}.");
    }

    [Fact]
    public void Given_two_silos_When_their_settings_differ_Then_so_do_their_hashes_but_not_for_where_each_keeps_its_files()
    {
        var one = new SiloOptions().Hash();

        Assert.Equal(one, new SiloOptions { Checkpoints = { Folder = "elsewhere" } }.Hash());
        Assert.NotEqual(one, new SiloOptions { LedgerSchema = "other" }.Hash());
    }
}
