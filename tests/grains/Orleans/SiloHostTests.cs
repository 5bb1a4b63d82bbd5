extern alias silo;

using JamEmr.Audit;
using JamEmr.Operations;
using JamEmr.Tests.Support;
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

    [Theory]
    [InlineData("DROP TABLE jamemr_migration", "no JamEMR tables")]
    [InlineData("DELETE FROM jamemr_migration WHERE number = 7", "0007_sealing is missing")]
    public async Task Given_a_database_that_nobody_has_migrated_When_a_silo_is_started_Then_it_does_not_and_one_sentence_says_what_to_do(string before, string says)
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        // Left to the end of this process: dropping it would wait until the databases of all other tests here are on the disk.
        var database = await ClusterDatabase.CreateAsync();
        await database.ExecuteAsync(before);
        using var host = SiloHost.Build(
            [$"--JamEmr:Cluster:ConnectionString={database.Connection}", $"--JamEmr:Cluster:MasterKeyFile={database.MasterKeyFile}", "--JamEmr:Cluster:AdvertisedAddress=127.0.0.1"]);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => SiloHost.CheckDatabaseAsync(host, TestContext.Current.CancellationToken));

        var sentence = SiloHost.Sentence(refused);
        Assert.Contains(says, sentence, StringComparison.Ordinal);
        Assert.Contains("run jamemr migrate", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_two_silos_When_their_settings_differ_Then_so_do_their_hashes_but_not_for_where_each_keeps_its_files()
    {
        var one = new SiloOptions().Hash();

        Assert.Equal(one, new SiloOptions { Checkpoints = { Folder = "elsewhere" } }.Hash());
        Assert.NotEqual(one, new SiloOptions { LedgerSchema = "other" }.Hash());
    }
}
