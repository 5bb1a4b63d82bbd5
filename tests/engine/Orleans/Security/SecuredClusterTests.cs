using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>Two silos and a client that know each other by certificates; one silo says that it has a GPU.</summary>
public sealed class SecuredClusterTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_two_silos_of_which_one_has_a_GPU_When_inference_is_asked_for_by_either_Then_that_one_does_it()
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        await using var database = await ClusterDatabase.CreateAsync();
        using var files = new CertificateFiles();
        using var plain = Silo(database, files.Issue("plain", ClusterRoles.Silo));
        using var gpu = Silo(database, files.Issue("gpu", ClusterRoles.Silo), options => options.Metadata["gpu"] = "true");
        using var client = Client(database, files.Issue("door", ClusterRoles.Client));
        await plain.StartAsync(Ct);
        await gpu.StartAsync(Ct);
        await client.StartAsync(Ct);
        var names = gpu.Services.GetRequiredService<ILocalSiloDetails>().Name;

        foreach (var asking in new[] { plain, gpu, client })
        {
            var grains = asking.Services.GetRequiredService<IGrainFactory>();
            for (var key = 0; key < 5; key++) Assert.Equal(names, await grains.GetGrain<IWhereGrain>($"p/{key}").SiloAsync());
        }

        var silo = gpu.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint;
        using var door = files.IssueLoose(ClusterRoles.Client, TimeSpan.FromHours(1));
        Assert.False(await IsLetInAsync(silo, door));
        Assert.False(await IsLetInAsync(gpu.Services.GetRequiredService<ILocalSiloDetails>().GatewayAddress.Endpoint, null));

        await client.StopAsync(Ct);
        await gpu.StopAsync(Ct);
        // Nobody is left who may: it is said, and nothing runs elsewhere.
        await Assert.ThrowsAnyAsync<OrleansException>(() => plain.Services.GetRequiredService<IGrainFactory>().GetGrain<IWhereGrain>("p/0").SiloAsync());
        await plain.StopAsync(Ct);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData(null)]
    public void Given_no_certificates_When_a_silo_could_be_reached_from_elsewhere_Then_it_is_not_built(string? address)
    {
        var options = new OrleansEngineOptions { ConnectionString = "Host=none;SSL Mode=VerifyFull", AdvertisedAddress = address };

        Assert.Contains("jamemr cluster-secrets", new OrleansEngineOptionsValidator(isSilo: true).Validate(null, options).FailureMessage, StringComparison.Ordinal);
        Assert.True(new OrleansEngineOptionsValidator(isSilo: false).Validate(null, options).Succeeded);
        options.AdvertisedAddress = "127.0.0.1";
        Assert.True(new OrleansEngineOptionsValidator(isSilo: true).Validate(null, options).Succeeded);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("=true")]
    [InlineData("gpu=a b")]
    [InlineData("gpu=a=b")]
    public void Given_what_is_no_metadata_When_checked_Then_it_is_refused(string text)
    {
        var options = new OrleansEngineOptions { ConnectionString = "Host=none;SSL Mode=VerifyFull", AdvertisedAddress = "127.0.0.1", InferenceOn = text };
        Assert.True(new OrleansEngineOptionsValidator(isSilo: true).Validate(null, options).Failed);
    }

    [Fact]
    public void Given_some_of_the_certificate_files_When_checked_Then_it_is_said_which_are_missing()
    {
        using var files = new CertificateFiles();
        var tls = files.Issue("one", ClusterRoles.Silo);
        tls.KeyFile = null;
        var result = new OrleansEngineOptionsValidator(isSilo: true).Validate(null, new OrleansEngineOptions { ConnectionString = "Host=none;SSL Mode=VerifyFull", Tls = tls });
        Assert.Equal("Tls:KeyFile is missing: set all three files, or none.", Assert.Single(result.Failures!));
    }

    // A silo says nothing before it has heard who speaks: only a refusal ends the wait.
    private static async Task<bool> IsLetInAsync(IPEndPoint address, X509Certificate2? shown)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(address, Ct);
        try
        {
            await using var tls = new SslStream(tcp.GetStream(), false, static (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ClusterRoles.Silo,
                    ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
                    ClientCertificateContext = shown is null ? null : SslStreamCertificateContext.Create(shown, null, offline: true),
                },
                Ct);
            return await tls.ReadAsync(new byte[1], Ct) == 1;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static IHost Silo(ClusterDatabase database, ClusterTlsOptions tls, Action<OrleansEngineOptions>? configure = null) => Build(builder => builder.UseOrleans(silo =>
    {
        silo.AddOrleansEngine(options =>
        {
            Configure(options, database, tls);
            (options.MasterKeyFile, options.AdvertisedAddress) = (database.MasterKeyFile, IPAddress.Loopback.ToString());
            (options.SiloPort, options.GatewayPort) = (LoopbackPorts.Next(), LoopbackPorts.Next());
            configure?.Invoke(options);
        });
        silo.PlaceInference(static grain => grain == typeof(WhereGrain));
    }));

    private static IHost Client(ClusterDatabase database, ClusterTlsOptions tls) =>
        Build(builder => builder.UseOrleansClient(client => client.AddOrleansEngine(options => Configure(options, database, tls))));

    private static void Configure(OrleansEngineOptions options, ClusterDatabase database, ClusterTlsOptions tls)
    {
        (options.ConnectionString, options.Tls) = (database.Connection, tls);
        // Nobody dies here; a machine that is busy must not make it look so.
        (options.MissedProbes, options.ResponseTimeout, options.HandOver) = (20, TimeSpan.FromMinutes(1), TimeSpan.Zero);
    }

    private static IHost Build(Action<HostApplicationBuilder> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IGrainStorageSerializer, JsonStates>();
        add(builder);
        return builder.Build();
    }

    private sealed class JsonStates : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T input) => new(JsonSerializer.SerializeToUtf8Bytes(input));

        public T Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToMemory().Span)!;
    }
}

/// <summary>Says where it runs.</summary>
[Alias("tests.where")]
public interface IWhereGrain : IGrainWithStringKey
{
    [Alias("silo")]
    Task<string> SiloAsync();
}

/// <inheritdoc cref="IWhereGrain"/>
[StatelessWorker(2)]
public sealed class WhereGrain(ILocalSiloDetails silo) : Grain, IWhereGrain
{
    public Task<string> SiloAsync() => Task.FromResult(silo.Name);
}
