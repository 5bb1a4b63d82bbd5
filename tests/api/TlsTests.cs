using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Api.Hosting;
using JamEmr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Tests.Api;

/// <summary>Which TLS is spoken, and with which certificate: over real connections.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly string _own = Directory.CreateTempSubdirectory("jamemr-tls-").FullName;
    private readonly ManualTimeProvider _time = new();
    private WebApplication? _app;

    private string CertificateFile => Path.Combine(_own, "server.crt");

    private string KeyFile => Path.Combine(_own, "server.key");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }

        Directory.Delete(_own, recursive: true);
    }

    [Fact]
    public async Task Given_the_defaults_When_connecting_Then_TLS_13_is_spoken_and_nothing_older()
    {
        await StartAsync(_ => { });
        Assert.Equal(SslProtocols.Tls13, (await ConnectAsync(SslProtocols.Tls13)).Protocol);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(SslProtocols.Tls12));
    }

    [Fact]
    public async Task Given_the_option_When_connecting_with_TLS_12_Then_it_is_spoken()
    {
        await StartAsync(options => options.MinimumTls = SslProtocols.Tls12);
        Assert.Equal(SslProtocols.Tls12, (await ConnectAsync(SslProtocols.Tls12)).Protocol);
        Assert.Equal(SslProtocols.Tls13, (await ConnectAsync(SslProtocols.Tls13)).Protocol);
    }

    [Fact]
    public async Task Given_changed_certificate_files_When_looked_at_Then_new_connections_get_the_new_one_without_a_restart()
    {
        var first = Write("first");
        await StartAsync(Configured);
        Assert.Equal(first, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);

        var second = Write("second");
        Assert.Equal(first, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);
        _time.Advance(TlsCertificates.Look);
        Assert.Equal(second, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);
    }

    [Fact]
    public async Task Given_files_that_cannot_be_used_When_looked_at_Then_the_certificate_before_stays_until_they_can()
    {
        var first = Write("first");
        await StartAsync(Configured);
        var key = await File.ReadAllTextAsync(KeyFile, TestContext.Current.CancellationToken);
        var second = Write("second");
        var right = await File.ReadAllTextAsync(KeyFile, TestContext.Current.CancellationToken);

        foreach (var wrong in new[] { key, "rubbish", "" })
        {
            await File.WriteAllTextAsync(KeyFile, wrong, TestContext.Current.CancellationToken);
            _time.Advance(TlsCertificates.Look);
            Assert.Equal(first, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);
        }

        File.Delete(KeyFile);
        _time.Advance(TlsCertificates.Look);
        Assert.Equal(first, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);

        await File.WriteAllTextAsync(KeyFile, right, TestContext.Current.CancellationToken);
        _time.Advance(TlsCertificates.Look);
        Assert.Equal(second, (await ConnectAsync(SslProtocols.Tls13)).Thumbprint);
    }

    [Fact]
    public void Given_a_data_folder_that_is_gone_When_its_certificate_is_looked_at_again_Then_no_folder_is_made_in_its_place()
    {
        var options = new ApiOptions { DataFolder = Path.Combine(_own, "data") };
        TlsCertificate.MakeFolder(options);
        Assert.Equal(TlsCertificate.Read(options, _time), TlsCertificate.Read(options, _time));
        Directory.Delete(options.DataFolder, recursive: true);

        Assert.ThrowsAny<IOException>(() => TlsCertificate.Read(options, _time));
        Assert.False(Directory.Exists(options.DataFolder));
    }

    [Fact]
    public async Task Given_files_without_a_certificate_When_started_Then_it_does_not_serve()
    {
        await File.WriteAllTextAsync(CertificateFile, "rubbish", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(KeyFile, "rubbish", TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<CryptographicException>(() => StartAsync(Configured));
    }

    [Fact]
    public async Task Given_any_answer_When_looked_at_Then_browsers_are_told_what_they_need()
    {
        await StartAsync(_ => { });
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = ApiServer.TrustLoopbackOnly } });
        foreach (var path in new[] { "/health/live", "/v1/practice", "/nowhere" })
        {
            using var answer = await http.GetAsync(new Uri(new Uri(_app!.Urls.First()), path), TestContext.Current.CancellationToken);
            Assert.Equal("max-age=63072000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Opener-Policy")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.False(answer.Headers.Contains("Server"));
            Assert.False(answer.Headers.Contains("JamEmr-Synthetic"));
        }
    }

    private async Task StartAsync(Action<ApiOptions> configure)
    {
        _app = ApiHost.Build(
            options =>
            {
                options.DataFolder = Path.Combine(_own, "data");
                options.Port = 0;
                options.PasswordHashIterations = 10;
                configure(options);
            },
            services =>
            {
                services.AddSingleton<TimeProvider>(_time);
                services.AddLogging(l => l.ClearProviders());
            });
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    private void Configured(ApiOptions options) => (options.CertificateFile, options.CertificateKeyFile) = (CertificateFile, KeyFile);

    private async Task<(SslProtocols Protocol, string Thumbprint)> ConnectAsync(SslProtocols protocol)
    {
        var address = new Uri(_app!.Urls.First());
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) => certificate?.Subject is "CN=localhost" or "CN=first" or "CN=second");
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocol }, TestContext.Current.CancellationToken);
        // A server that refuses may say so only after the client's part is done.
        await tls.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await tls.ReadAsync(new byte[16], TestContext.Current.CancellationToken) > 0);
        using var certificate = new X509Certificate2(tls.RemoteCertificate!);
        return (tls.SslProtocol, certificate.Thumbprint);
    }

    private string Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(30));
        File.WriteAllText(CertificateFile, made.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        return made.Thumbprint;
    }
}
