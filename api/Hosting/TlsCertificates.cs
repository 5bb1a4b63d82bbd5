using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace JamEmr.Api.Hosting;

/// <summary>
/// The certificate that new connections are shown. Its files are looked at now and then and read again when they changed, so a renewed one is
/// used without a restart; connections that are open go on with theirs. What cannot be used is told of and the one before stays.
/// </summary>
public sealed partial class TlsCertificates : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly ApiOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TlsCertificates> _logger;
    private readonly SslProtocols _protocols;
    private readonly ITimer _timer;
    private volatile Shown _shown;
    private string _refused = "";

    /// <summary>Loads the certificate.</summary>
    /// <exception cref="CryptographicException">The files hold no certificate, or no key of it.</exception>
    public TlsCertificates(ApiOptions options, TimeProvider time, ILogger<TlsCertificates> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _time, _logger) = (options, time, logger);
        _protocols = options.MinimumTls == SslProtocols.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
        _shown = Load(TlsCertificate.Read(options, time));
        _timer = time.CreateTimer(static self => ((TlsCertificates)self!).LookAgain(), this, Look, Look);
    }

    /// <summary>How a new connection is answered.</summary>
    public SslServerAuthenticationOptions Answer() => new() { ServerCertificateContext = _shown.Context, EnabledSslProtocols = _protocols };

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // The certificate before is left to those who are just being answered with it.
    private void LookAgain()
    {
        var hash = "";
        try
        {
            var found = TlsCertificate.Read(_options, _time);
            hash = HashOf(found);
            if (string.Equals(hash, _shown.Hash, StringComparison.Ordinal)) return;
            _shown = Load(found);
            LogChanged(_shown.Leaf.Thumbprint, _shown.Leaf.NotAfter.ToUniversalTime());
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Told once, not at every look. Half of a change may be all that is there yet.
            var refused = $"{e.GetType().Name} {hash}";
            if (string.Equals(refused, _refused, StringComparison.Ordinal)) return;
            _refused = refused;
            LogNotChanged(e.GetType().Name);
        }
    }

    private static Shown Load((string Certificate, string Key) pem)
    {
        var leaf = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem.Certificate);
        return new Shown(HashOf(pem), leaf, SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true));
    }

    private static string HashOf((string Certificate, string Key) pem) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{pem.Certificate}\0{pem.Key}")));

    [LoggerMessage(1011, LogLevel.Information, "New connections are shown certificate {Thumbprint}, good until {NotAfter:u}.")]
    private partial void LogChanged(string thumbprint, DateTime notAfter);

    [LoggerMessage(1012, LogLevel.Error, "The changed certificate files cannot be used ({Error}); the certificate before stays. Both files must be readable PEM, and the key the certificate's.")]
    private partial void LogNotChanged(string error);

    private sealed record Shown(string Hash, X509Certificate2 Leaf, SslStreamCertificateContext Context);
}
