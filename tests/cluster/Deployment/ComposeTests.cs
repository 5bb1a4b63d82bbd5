using System.Text.RegularExpressions;
using JamEmr.Tests.Support;
using YamlDotNet.RepresentationModel;
using static JamEmr.Tests.Cluster.Deployment.ComposeFile;

namespace JamEmr.Tests.Cluster.Deployment;

/// <summary>What <c>docker-compose.yml</c> must hold, whoever edits it.</summary>
public sealed partial class ComposeTests
{
    private const string Account = "10001:10001";

    private static readonly ComposeFile Compose = Read();

    private static readonly string[] Silos = ["silo-one", "silo-two", "inference", "inference-cpu"];
    private static readonly string[] Apis = ["api-one", "api-two"];
    private static readonly string[] Servers = ["postgres", .. Silos, .. Apis];

    public static TheoryData<string> All => [.. Compose.Services.Keys];

    public static TheoryData<string> AllSilos => [.. Silos];

    public static TheoryData<string> AllServers => [.. Servers];

    [Fact]
    public void Given_the_file_When_read_Then_it_has_what_a_cluster_needs_and_nothing_else() =>
        Assert.Equal([.. Servers.Concat(["migrate", "secrets"]).Order(StringComparer.Ordinal)], Compose.Services.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void Given_a_service_When_run_Then_it_has_no_right_that_it_does_not_need(string name)
    {
        var service = Compose.Services[name];
        Assert.Equal(Account, Text(service, "user"));
        Assert.Equal("true", Text(service, "read_only"));
        Assert.Equal(["ALL"], Texts(service, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], Texts(service, "security_opt"));
        Assert.Equal("0", Text(service, "ulimits", "core"));
        Assert.All((string[])["cap_add", "privileged", "pid", "ipc", "userns_mode", "devices", "device_cgroup_rules", "volumes_from", "extra_hosts", "dns"], key => Assert.Null(Get(service, key)));
        Assert.Contains(Text(service, "network_mode"), (string?[])[null, "none"]);
        Assert.All(Texts(service, "tmpfs"), mount => Assert.Matches(":rw,noexec,nosuid,nodev,size=", mount));
        // Volumes with names; only who makes the secrets sees a folder of the machine.
        Assert.All(Texts(service, "volumes"), volume => Assert.True(
            Compose.Map("volumes").Any(named => volume.StartsWith($"{named.Key}:", StringComparison.Ordinal)) || (name == "secrets" && volume == "./secrets:/secrets"), volume));
    }

    [Theory]
    [MemberData(nameof(AllServers))]
    public void Given_a_server_When_it_fails_or_the_machine_starts_Then_it_comes_back_and_says_how_it_is(string name)
    {
        var service = Compose.Services[name];
        Assert.Equal("unless-stopped", Text(service, "restart"));
        Assert.Equal("75s", Text(service, "stop_grace_period"));
        Assert.Equal("CMD", Texts(service, "healthcheck", "test")[0]);
        Assert.All((string[])["interval", "timeout", "retries", "start_period"], key => Assert.NotNull(Text(service, "healthcheck", key)));
    }

    [Fact]
    public void Given_the_networks_When_read_Then_only_front_doors_have_a_way_out_or_in()
    {
        Assert.Equal(["cluster", "front"], Compose.Map("networks").Select(network => network.Key).Order(StringComparer.Ordinal));
        Assert.Equal("true", Text(Compose.Map("networks").Single(network => network.Key == "cluster").Value, "internal"));
        foreach (var (name, service) in Compose.Services.Where(service => service.Key != "secrets"))
        {
            string[] networks = Apis.Contains(name) ? ["cluster", "front"] : ["cluster"];
            Assert.Equal(networks, Texts(service, "networks"));
            Assert.Equal(Apis.Contains(name) ? 1 : 0, Texts(service, "ports").Count);
        }

        // Who makes keys talks to nobody.
        Assert.Equal("none", Text(Compose.Services["secrets"], "network_mode"));
    }

    [Fact]
    public void Given_the_secrets_When_read_Then_each_is_a_file_and_each_process_gets_those_it_needs()
    {
        var declared = Compose.Map("secrets").ToList();
        Assert.All(declared, secret => Assert.Equal($"./secrets/{secret.Key}", Text(secret.Value, "file")));
        Assert.DoesNotContain(declared, secret => secret.Key.StartsWith("authority.key", StringComparison.Ordinal));
        var used = Compose.Services.ToDictionary(service => service.Key, service => SecretsOf(service.Value).ToList(), StringComparer.Ordinal);
        Assert.Equal(declared.Select(secret => secret.Key).Order(StringComparer.Ordinal), used.Values.SelectMany(list => list).Select(secret => secret.Source).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

        Assert.Equal(["postgres.password", "postgres.crt", "postgres.key"], used["postgres"].Select(secret => secret.Source));
        Assert.Equal(["postgres.connection", "postgres-silo.connection", "postgres-api.connection", "authority.crt"], used["migrate"].Select(secret => secret.Source));
        foreach (var silo in Silos) Assert.Equal(["postgres-silo.connection", "master.key", "checkpoint.keys", "authority.crt", .. Own($"silo-{Short(silo)}")], used[silo].Select(secret => secret.Source));
        foreach (var api in Apis) Assert.Equal(["postgres-api.connection", "authority.crt", .. Own(api)], used[api].Select(secret => secret.Source));

        static string[] Own(string name) => [$"{name}.crt", $"{name}.key"];
        static string Short(string silo) => silo.Replace("silo-", "", StringComparison.Ordinal).Replace("-cpu", "", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Given_the_environment_of_a_service_When_read_Then_it_names_files_and_holds_no_secret(string name)
    {
        var service = Compose.Services[name];
        var given = SecretsOf(service).Select(secret => $"/run/secrets/{secret.Target}").ToHashSet(StringComparer.Ordinal);
        foreach (var (key, value) in Entries(Get(service, "environment")))
        {
            var text = ((YamlScalarNode)value).Value!;
            if (text.StartsWith("/run/secrets/", StringComparison.Ordinal)) Assert.Contains(text, given);
            else Assert.DoesNotMatch("(?i)password|secret|key$|keyfile|connectionstring|certificate", key);
        }

        Assert.Null(Get(service, "env_file"));
        Assert.Null(Get(service, "build", "args"));
    }

    [Fact]
    public void Given_the_certificates_that_are_used_When_the_secrets_are_made_Then_they_are_among_them()
    {
        var command = Texts(Compose.Services["secrets"], "command");
        var made = command.Index()
            .Where(argument => argument.Item is "--silo" or "--api" or "--postgres")
            .Select(argument => argument.Item == "--postgres" ? "postgres" : $"{argument.Item[2..]}-{command[argument.Index + 1]}")
            .SelectMany(name => (string[])[$"{name}.crt", $"{name}.key"]);
        var used = Compose.Map("secrets").Select(secret => secret.Key).Where(secret => Certificate().IsMatch(secret));
        Assert.Equal(used.Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(AllSilos))]
    public void Given_a_silo_When_started_Then_the_tables_have_been_made(string name)
    {
        Assert.Equal("service_completed_successfully", Text(Compose.Services[name], "depends_on", "migrate", "condition"));
        Assert.Equal("service_healthy", Text(Compose.Services["migrate"], "depends_on", "postgres", "condition"));
        Assert.StartsWith("on-failure", Text(Compose.Services["migrate"], "restart"), StringComparison.Ordinal);
        Assert.Equal(
            ["migrate", "--database-file", "/run/secrets/postgres.connection", "--silo-account-file", "/run/secrets/postgres-silo.connection", "--api-account-file", "/run/secrets/postgres-api.connection"],
            Texts(Compose.Services["migrate"], "command"));
    }

    [Fact]
    public void Given_a_front_door_When_started_Then_both_silos_are_there()
    {
        foreach (var api in Apis)
        {
            foreach (var silo in Silos.Take(2)) Assert.Equal("service_healthy", Text(Compose.Services[api], "depends_on", silo, "condition"));
            // Where a set-up code is, is told by the name of the machine.
            Assert.Equal(api, Text(Compose.Services[api], "hostname"));
        }
    }

    [Fact]
    public void Given_the_silo_for_inference_When_chosen_with_or_without_a_GPU_Then_it_alone_gets_inference()
    {
        var (gpu, cpu) = (Compose.Services["inference"], Compose.Services["inference-cpu"]);
        Assert.Equal(("gpu", "cpu"), (Assert.Single(Texts(gpu, "profiles")), Assert.Single(Texts(cpu, "profiles"))));
        var device = Assert.IsType<YamlSequenceNode>(Get(gpu, "deploy", "resources", "reservations", "devices")).Single();
        Assert.Equal(("nvidia", "1"), (Text(device, "driver"), Text(device, "count")));
        Assert.Equal(["gpu"], Texts(device, "capabilities"));
        Assert.Null(Get(cpu, "deploy"));

        foreach (var silo in Silos)
        {
            var environment = Get(Compose.Services[silo], "environment");
            Assert.Equal("inference=true", Text(environment, "JamEmr__Cluster__InferenceOn"));
            Assert.Equal(silo.StartsWith("inference", StringComparison.Ordinal) ? "true" : null, Text(environment, "JamEmr__Cluster__Metadata__inference"));
            Assert.Equal(silo == "inference" ? "true" : null, Text(environment, "JamEmr__Cluster__Metadata__gpu"));
        }
    }

    [Fact]
    public void Given_the_settings_When_looked_for_in_the_code_Then_each_is_one()
    {
        var code = string.Concat(((string[])["api", "silo", "engine/orleans", "witness"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*Options.cs", SearchOption.AllDirectories))
            .Select(File.ReadAllText));
        var settings = Compose.Services.Values.SelectMany(service => Entries(Get(service, "environment"))).Select(entry => entry.Key).Where(key => key.StartsWith("JamEmr__", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(settings);
        foreach (var part in settings.SelectMany(setting => setting.Split("__")[1..].TakeWhile((_, i) => i == 0 || !setting.Contains("__Metadata__", StringComparison.Ordinal) || i < 2)).Where(part => part != "Cluster"))
            Assert.Matches($@"public [\w?<>, ]+ {part} \{{ get;", code);
    }

    [Fact]
    public void Given_what_PostgreSQL_is_started_with_When_read_Then_commits_are_on_disk_and_the_log_is_kept_for_restoring()
    {
        var command = Texts(Compose.Services["postgres"], "command");
        Assert.All((string[])["-csynchronous_commit=on", "-cfull_page_writes=on", "-cwal_level=replica", "-carchive_mode=on"], setting => Assert.Contains(setting, command));
        Assert.DoesNotContain(command, setting => setting.Contains("fsync=off", StringComparison.Ordinal));
        var archive = Assert.Single(command, setting => setting.StartsWith("-carchive_command=", StringComparison.Ordinal));
        Assert.Matches(@"test ! -f .*cp %p .*sync .*mv ", archive);
    }

    [Fact]
    public void Given_what_PostgreSQL_is_started_with_When_somebody_connects_Then_it_is_over_TLS_with_a_certificate_for_its_name()
    {
        var command = Texts(Compose.Services["postgres"], "command");
        Assert.All(
            (string[])["-cssl=on", "-cssl_cert_file=/run/secrets/postgres.crt", "-cssl_key_file=/run/secrets/postgres.key", "-chba_file=/etc/jamemr/pg_hba.conf"],
            setting => Assert.Contains(setting, command));
        var rules = Regex.Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docker/postgres.Dockerfile")), "(?m)^ *'(?<kind>local|host\\w*) .* (?<how>\\S+)'");
        Assert.Equal(["local trust", "local trust", "hostssl scram-sha-256"], rules.Select(rule => $"{rule.Groups["kind"].Value} {rule.Groups["how"].Value}"));
        var made = Texts(Compose.Services["secrets"], "command");
        Assert.Equal("postgres", made[made.Index().Single(argument => argument.Item == "--postgres").Index + 1]);
    }

    [GeneratedRegex(@"^((silo|api)-.+|postgres)\.(crt|key)$", RegexOptions.None, 1000)]
    private static partial Regex Certificate();
}
