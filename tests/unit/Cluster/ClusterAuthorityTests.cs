using System.Security.Cryptography.X509Certificates;
using JamEmr.Cli;
using JamEmr.Cli.Commands;

namespace JamEmr.Tests.Unit.Cluster;

/// <summary>The authority's certificate and key: what must never cut a cluster off.</summary>
public sealed class ClusterAuthorityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("authority.key")]
    [InlineData("authority.crt")]
    public async Task Given_half_of_the_authority_kept_elsewhere_When_a_silo_is_added_Then_nothing_is_changed_and_the_half_is_asked_for(string away)
    {
        await RunAsync("--silo", "one");
        File.Move(PathOf(away), PathOf("kept"));
        var before = Snapshot();

        foreach (var arguments in new string[][] { ["--silo", "three"], ["--new-authority"], ["--forget-old-authority"], [] })
        {
            var (code, error) = await RunAsync(arguments);
            Assert.Equal(ExitCodes.Failed, code);
            Assert.Contains($"Bring {away} back", error, StringComparison.Ordinal);
            Assert.Equal(before, Snapshot());
        }

        File.Move(PathOf("kept"), PathOf(away));
        Assert.Equal(ExitCodes.Done, (await RunAsync("--silo", "three")).Code);
    }

    [Fact]
    public async Task Given_an_authority_that_is_being_replaced_When_it_is_replaced_again_Then_it_is_refused_until_the_old_one_is_forgotten()
    {
        await RunAsync("--silo", "one");
        await RunAsync("--new-authority");
        var before = Snapshot();

        var (code, error) = await RunAsync("--new-authority");

        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("--forget-old-authority", error, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot());
        await RunAsync("--forget-old-authority");
        Assert.Equal(ExitCodes.Done, (await RunAsync("--new-authority")).Code);
        Assert.Equal(2, Trusted().Count);
    }

    [Fact]
    public async Task Given_a_replacement_cut_off_before_its_key_was_written_When_run_again_Then_the_old_one_goes_on_issuing_and_stays_trusted()
    {
        await RunAsync("--silo", "one");
        var key = await File.ReadAllTextAsync(PathOf("authority.key"), TestContext.Current.CancellationToken);
        var old = Trusted()[0].Thumbprint;
        await RunAsync("--new-authority");
        await File.WriteAllTextAsync(PathOf("authority.key"), key, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Done, (await RunAsync("--silo", "one")).Code);
        Assert.Equal(old, IssuerOf("silo-one.crt"));

        Assert.Equal(ExitCodes.Done, (await RunAsync("--new-authority")).Code);
        Assert.Equal(2, Trusted().Count);
        Assert.Equal(old, Trusted()[1].Thumbprint);
        Assert.Equal(old, IssuerOf("silo-one.crt"));
        await RunAsync("--silo", "one");
        Assert.Equal(Trusted()[0].Thumbprint, IssuerOf("silo-one.crt"));
    }

    [Fact]
    public async Task Given_the_names_of_the_database_When_its_certificate_is_issued_Then_it_can_be_connected_to_and_opens_nothing()
    {
        await RunAsync("--postgres", "db.example.org", "--postgres", "192.0.2.7");
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(PathOf("postgres.crt"), TestContext.Current.CancellationToken));

        Assert.True(certificate.MatchesHostname("db.example.org", allowCommonName: false));
        Assert.True(certificate.MatchesHostname("192.0.2.7", allowCommonName: false));
        Assert.False(certificate.MatchesHostname("silo.jamemr.internal"));
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages;
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(usages.Cast<System.Security.Cryptography.Oid>()).Value);
        Assert.Equal(Trusted()[0].Thumbprint, IssuerOf("postgres.crt"));
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private List<(string, string)> Snapshot() =>
        [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllText(file)))];

    private X509Certificate2Collection Trusted()
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(PathOf("authority.crt"));
        return all;
    }

    private string? IssuerOf(string file)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(PathOf(file)));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(Trusted());
        return chain.Build(certificate) ? chain.ChainElements[^1].Certificate.Thumbprint : null;
    }

    private async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["cluster-secrets", "--out", _folder, .. arguments], TextWriter.Null, error, ClusterSecretsCommand.Create(TimeProvider.System));
        return (code, error.ToString());
    }
}
