using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using JamEmr.Service;

namespace JamEmr.Api.Hosting;

/// <summary>The certificate that new connections are shown, renewed without a restart when its files change.</summary>
public sealed class TlsCertificates : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Look = RenewedCertificate.Look;

    private readonly RenewedCertificate _certificate;
    private readonly SslProtocols _protocols;

    /// <summary>Loads the certificate.</summary>
    /// <exception cref="CryptographicException">The files hold no certificate, or no key of it.</exception>
    public TlsCertificates(ApiOptions options, TimeProvider time, ILogger<TlsCertificates> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _protocols = options.MinimumTls == SslProtocols.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
        TlsCertificate.MakeFolder(options);
        _certificate = new RenewedCertificate(() => TlsCertificate.Read(options, time), time, logger);
    }

    /// <summary>How a new connection is answered.</summary>
    public SslServerAuthenticationOptions Answer() =>
        new() { ServerCertificateContext = _certificate.Used.Context, EnabledSslProtocols = _protocols };

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();
}
