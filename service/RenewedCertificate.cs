using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace JamEmr.Service;

/// <summary>
/// A certificate in files that may change. They are looked at now and then and read again when they changed, so a renewed certificate is used
/// without a restart; connections that are open go on with theirs. What cannot be used is told of and what was before stays.
/// </summary>
public sealed partial class RenewedCertificate : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly Func<CertificateText> _read;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile CertificateInUse _used;
    private string _refused = "";

    /// <summary>Loads the certificate.</summary>
    /// <param name="read">Reads the files; asked again at every look.</param>
    /// <param name="time">When to look.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <exception cref="CryptographicException">The files hold no certificate, or no key of it.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public RenewedCertificate(Func<CertificateText> read, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(time);
        (_read, _logger) = (read, logger);
        _used = Load(read());
        _timer = time.CreateTimer(static self => ((RenewedCertificate)self!).LookAgain(), this, Look, Look);
    }

    /// <summary>What new connections use.</summary>
    public CertificateInUse Used => _used;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // The certificate before is left to those who are just being answered with it.
    private void LookAgain()
    {
        var hash = "";
        try
        {
            var found = _read();
            hash = HashOf(found);
            if (string.Equals(hash, _used.Hash, StringComparison.Ordinal)) return;
            _used = Load(found);
            LogChanged(_used.Leaf.Thumbprint, _used.Leaf.NotAfter.ToUniversalTime());
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

    private static CertificateInUse Load(CertificateText text)
    {
        var leaf = X509Certificate2.CreateFromPem(text.Certificate, text.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text.Certificate);
        var authorities = new X509Certificate2Collection();
        if (text.Authority is { } authority)
        {
            authorities.ImportFromPem(authority);
            // Trust nobody rather than, for want of a list, everybody the machine trusts.
            if (authorities.Count == 0) throw new CryptographicException("The authority's file holds no certificate.");
        }

        return new CertificateInUse(HashOf(text), leaf, SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true), authorities);
    }

    private static string HashOf(CertificateText text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{text.Certificate}\0{text.Key}\0{text.Authority}")));

    [LoggerMessage(1011, LogLevel.Information, "New connections are shown certificate {Thumbprint}, good until {NotAfter:u}.")]
    private partial void LogChanged(string thumbprint, DateTime notAfter);

    [LoggerMessage(1012, LogLevel.Error, "The changed certificate files cannot be used ({Error}); the certificate before stays. All must be readable PEM, and the key the certificate's.")]
    private partial void LogNotChanged(string error);
}

/// <summary>What the files of a certificate say.</summary>
/// <param name="Certificate">PEM of the certificate, then of those between it and its authority.</param>
/// <param name="Key">PEM of its key.</param>
/// <param name="Authority">PEM of the authorities whose certificates are trusted; null where the other side is not asked for one.</param>
public sealed record CertificateText(string Certificate, string Key, string? Authority = null)
{
    /// <summary>Never the key.</summary>
    public override string ToString() => nameof(CertificateText);
}

/// <summary>A certificate as new connections use it.</summary>
/// <param name="Hash">SHA-256, hex, of the files' texts.</param>
/// <param name="Leaf">The certificate, with its key.</param>
/// <param name="Context">The same with its chain, for a TLS handshake.</param>
/// <param name="Authorities">Whose certificates are trusted; empty where none were given.</param>
public sealed record CertificateInUse(string Hash, X509Certificate2 Leaf, SslStreamCertificateContext Context, X509Certificate2Collection Authorities);
