using System.Security.Cryptography.X509Certificates;
using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Tests.Unit.Cluster;

public sealed class ClusterSecretsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-cli-").FullName;

    private string Out => Path.Combine(_folder, "secrets");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_a_new_folder_When_made_Then_every_file_is_its_owners_only_and_nothing_secret_is_printed()
    {
        var (code, output, error) = await RunAsync("--silo", "one", "--silo", "two", "--api", "one", "--database", "Host=db;Database=emr;Username=emr;SSL Mode=VerifyFull");

        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Equal(
            ["api-one.crt", "api-one.key", "authority.crt", "authority.key", "checkpoint.keys", "master.key", "postgres-api.connection", "postgres-silo.connection",
             "postgres.connection", "postgres.password",
             "silo-one.crt", "silo-one.key", "silo-two.crt", "silo-two.key"],
            Directory.GetFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(Out)) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Out));
        }

        Assert.Equal(32, Convert.FromBase64String(Read("master.key").Trim()).Length);
        Assert.Equal($"Host=db;Database=emr;Username=emr;SSL Mode=VerifyFull;Password={Read("postgres.password")}\n", Read("postgres.connection"));
        using (NoteKeyFile.Read(Path.Combine(Out, "checkpoint.keys"), NoteKeyType.Ecdsa)) Assert.DoesNotContain("PRIVATE", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Read("postgres.password"), output, StringComparison.Ordinal);
        Assert.DoesNotContain(Read("master.key").Trim(), output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo-one", "silo.jamemr.internal", "client.jamemr.internal", true)]
    [InlineData("api-one", "client.jamemr.internal", "silo.jamemr.internal", false)]
    public async Task Given_a_certificate_When_read_Then_it_says_its_role_and_only_silos_may_be_connected_to(string file, string role, string other, bool server)
    {
        await RunAsync("--silo", "one", "--api", "one", "--days", "30");
        using var certificate = X509Certificate2.CreateFromPem(Read($"{file}.crt"), Read($"{file}.key"));

        Assert.True(certificate.MatchesHostname(role, allowCommonName: false));
        Assert.True(certificate.MatchesHostname($"one.{role}", allowCommonName: false));
        Assert.False(certificate.MatchesHostname(other));
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(o => o.Value);
        Assert.Equal(server, usages.Contains("1.3.6.1.5.5.7.3.1", StringComparer.Ordinal));
        Assert.True(certificate.NotAfter.ToUniversalTime() < TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(31));
        Assert.True(IsTrusted(certificate));
    }

    [Fact]
    public async Task Given_secrets_When_another_silo_is_added_Then_what_seals_and_signs_stays_and_the_authority_too()
    {
        await RunAsync("--silo", "one");
        string[] kept = ["master.key", "checkpoint.keys", "postgres.password", "postgres.connection", "authority.key", "authority.crt", "silo-one.crt"];
        var before = kept.Select(Read).ToList();

        var (code, output, _) = await RunAsync("--silo", "two");

        Assert.Equal(ExitCodes.Done, code);
        Assert.Equal(before, kept.Select(Read));
        Assert.StartsWith("silo-two.crt", Assert.Single(output.Trim().Split('\n')), StringComparison.Ordinal);
        using var certificate = X509Certificate2.CreateFromPem(Read("silo-two.crt"));
        Assert.True(IsTrusted(certificate));
    }

    [Fact]
    public async Task Given_a_new_authority_When_the_old_one_is_forgotten_Then_what_it_issued_is_trusted_no_longer()
    {
        await RunAsync("--silo", "one");
        using var old = X509Certificate2.CreateFromPem(Read("silo-one.crt"));

        await RunAsync("--new-authority");
        Assert.True(IsTrusted(old));
        await RunAsync("--silo", "one");
        using var renewed = X509Certificate2.CreateFromPem(Read("silo-one.crt"));
        Assert.True(IsTrusted(renewed));

        await RunAsync("--forget-old-authority");
        Assert.False(IsTrusted(old));
        Assert.True(IsTrusted(renewed));
    }

    [Fact]
    public async Task Given_an_authority_that_cannot_be_read_When_run_Then_one_line_says_what_to_do()
    {
        await RunAsync("--silo", "one");
        await File.WriteAllTextAsync(Path.Combine(Out, "authority.key"), "rubbish", TestContext.Current.CancellationToken);

        var (code, output, error) = await RunAsync("--silo", "two");

        Assert.Equal((ExitCodes.Failed, ""), (code, output));
        Assert.Contains("Restore them", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--silo", "One")]
    [InlineData("--api", "-a")]
    [InlineData("--silo", "a/b")]
    [InlineData("--days", "0")]
    [InlineData("--days", "826")]
    [InlineData("--database", "Host=db;Password=secret")]
    [InlineData("--database", "Host=db;Username=emr")]
    [InlineData("--postgres", "silo.jamemr.internal")]
    public async Task Given_a_wrong_command_line_When_run_Then_it_is_a_usage_error_and_nothing_is_made(string option, string value)
    {
        Assert.Equal(ExitCodes.Usage, (await RunAsync(option, value)).Code);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public async Task Given_help_When_asked_for_Then_it_has_an_example()
    {
        var output = new StringWriter();
        await CommandLine.RunAsync(["cluster-secrets", "--help"], output, TextWriter.Null, ClusterSecretsCommand.Create(TimeProvider.System));
        Assert.Contains("jamemr cluster-secrets --out ./secrets --silo one", output.ToString(), StringComparison.Ordinal);
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(Out, file));

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(Read("authority.crt"));
        return chain.Build(certificate);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["cluster-secrets", "--out", Out, .. arguments], output, error, ClusterSecretsCommand.Create(TimeProvider.System));
        return (code, output.ToString(), error.ToString());
    }
}
