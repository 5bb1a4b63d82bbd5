using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Service;
using JamEmr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Connections.Security;
using Orleans.Runtime;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>Who may connect to whom in a cluster: over real sockets.</summary>
public sealed class ClusterCertificatesTests : IDisposable
{
    private static readonly SslApplicationProtocol Protocol = new("Orleans1");
    private readonly CertificateFiles _ours = new();
    private readonly CertificateFiles _theirs = new();
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Theory]
    [InlineData(ClusterRoles.Silo, true, true)]
    [InlineData(ClusterRoles.Client, false, true)]
    [InlineData("other.jamemr.internal", false, false)]
    public async Task Given_a_certificate_of_the_authority_When_connecting_Then_its_role_says_which_doors_open(string role, bool asSilo, bool asClient)
    {
        using var shown = _ours.IssueLoose(role, TimeSpan.FromHours(1));

        Assert.Equal(asSilo, await IsTakenAsync(shown, ClusterRoles.Silo));
        Assert.Equal(asClient, await IsTakenAsync(shown, ClusterRoles.Client, ClusterRoles.Silo));
    }

    [Fact]
    public async Task Given_no_certificate_or_one_that_is_foreign_or_over_When_connecting_Then_no_door_opens()
    {
        using var foreign = _theirs.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));
        using var over = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow().AddHours(-1));
        foreach (var shown in new[] { null, foreign, over })
        {
            Assert.False(await IsTakenAsync(shown, ClusterRoles.Silo));
            Assert.False(await IsTakenAsync(shown, ClusterRoles.Client, ClusterRoles.Silo));
        }
    }

    [Fact]
    public async Task Given_a_process_that_connects_When_the_other_side_is_no_silo_of_its_authority_Then_it_says_nothing_to_it()
    {
        using var certificates = Certificates(_ours.Issue("own", ClusterRoles.Client), ClusterRoles.Client);
        using var silo = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));
        using var client = _ours.IssueLoose(ClusterRoles.Client, TimeSpan.FromHours(1));
        using var foreign = _theirs.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));

        Assert.True(await TrustsAsync(certificates, silo));
        Assert.False(await TrustsAsync(certificates, client));
        Assert.False(await TrustsAsync(certificates, foreign));
    }

    [Fact]
    public async Task Given_files_that_change_When_looked_at_Then_another_authority_is_taken_over_and_the_one_before_trusted_for_as_long_as_it_is_named()
    {
        using var before = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));
        await using var server = await ServeAsync(_ours.Issue("server", ClusterRoles.Silo), ClusterRoles.Silo);
        _ours.Replace(trustBefore: true);
        using var after = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));

        Assert.True(await IsTakenAsync(server, before));
        Assert.False(await IsTakenAsync(server, after));
        _time.Advance(RenewedCertificate.Look);
        Assert.True(await IsTakenAsync(server, before));
        Assert.True(await IsTakenAsync(server, after));

        _ours.Replace(trustBefore: false);
        _ours.Issue("server", ClusterRoles.Silo);
        _time.Advance(RenewedCertificate.Look);
        using var latest = _ours.IssueLoose(ClusterRoles.Silo, TimeSpan.FromHours(1));
        Assert.False(await IsTakenAsync(server, before));
        Assert.True(await IsTakenAsync(server, latest));
    }

    [Fact]
    public void Given_files_without_an_authority_When_read_Then_it_is_said_and_nobody_is_trusted()
    {
        var options = _ours.Issue("own", ClusterRoles.Silo);
        File.WriteAllText(options.AuthorityFile!, "");

        var refused = Assert.Throws<OrleansConfigurationException>(() => Certificates(options));
        Assert.Contains("JamEmr:Cluster:Tls", refused.Message, StringComparison.Ordinal);
    }

    private ClusterCertificates Certificates(ClusterTlsOptions options, string role = ClusterRoles.Silo) => new(options, role, _time, NullLogger<ClusterCertificates>.Instance);

    private async Task<bool> IsTakenAsync(X509Certificate2? shown, params string[] roles)
    {
        await using var server = await ServeAsync(_ours.Issue("server", ClusterRoles.Silo), roles);
        return await IsTakenAsync(server, shown);
    }

    // Says one byte to whoever is let in.
    private async Task<WebApplication> ServeAsync(ClusterTlsOptions options, params string[] roles)
    {
        var certificates = Certificates(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(_ => certificates);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseServerTls(certificates.For(roles));
            ((IConnectionBuilder)listen).Run(static async connection =>
            {
                await connection.Transport.Output.WriteAsync(new byte[] { 1 }, connection.ConnectionClosed);
                await connection.Transport.Output.CompleteAsync();
            });
        }));
        var server = builder.Build();
        await server.StartAsync(Ct);
        return server;
    }

    private static async Task<bool> IsTakenAsync(WebApplication server, X509Certificate2? shown)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, new Uri(server.Urls.First()).Port, Ct);
        try
        {
            await using var tls = new SslStream(tcp.GetStream(), false, static (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ClusterRoles.Silo,
                    ApplicationProtocols = [Protocol],
                    EnabledSslProtocols = SslProtocols.Tls13,
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

    private static async Task<bool> TrustsAsync(ClusterCertificates certificates, X509Certificate2 shown)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeOnceAsync(listener, shown);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, Ct);
        using var sockets = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), NullLogger<ClusterCertificatesTests>.Instance);
        await using var connection = sockets.Create(socket);
        var isTrusted = false;
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var builder = new ConnectionBuilder(services);
        builder.UseClientTls(certificates.For(ClusterRoles.Silo));
        builder.Run(_ =>
        {
            isTrusted = true;
            return Task.CompletedTask;
        });
        await builder.Build()(connection);
        await connection.DisposeAsync();
        await serving;
        return isTrusted;
    }

    private static async Task ServeOnceAsync(TcpListener listener, X509Certificate2 shown)
    {
        using var tcp = await listener.AcceptTcpClientAsync(Ct);
        await using var tls = new SslStream(tcp.GetStream(), false, static (_, certificate, _, _) => certificate is not null);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(shown, null, offline: true),
                    ApplicationProtocols = [Protocol],
                    ClientCertificateRequired = true,
                },
                Ct);
            await tls.ReadExactlyAsync(new byte[1], Ct);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // It went away: what it thought of this certificate is asked there.
        }
    }
}
