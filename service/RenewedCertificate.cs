using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace JamEmr.Service;

/// <summary>
/// A certificate in files that may change. They are looked at now and then and read again when they changed, so a renewed certificate is used
/// without a restart; connections that are open go on with theirs. What cannot be used is told of and what was before stays: where an authority is
/// given, a certificate that it did not issue, or that is not good now, is such. One that is soon over is told of every day, and how long each is good is measured on meter <c>JamEmr.Service</c> (<c>jamemr.certificate.remaining</c>,
/// seconds, below zero where it is over; the tag is its thumbprint).
/// </summary>
public sealed partial class RenewedCertificate : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    // Long enough for whoever is told to have been on holiday.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    private readonly Func<CertificateText> _read;
    private readonly Func<X509Certificate2, bool> _isFit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Meter _meter = new("JamEmr.Service");
    private volatile CertificateInUse _used;
    private string _refused = "";
    private DateTimeOffset _told;

    /// <summary>Loads the certificate.</summary>
    /// <param name="read">Reads the files; asked again at every look.</param>
    /// <param name="time">When to look.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <param name="isFit">Whether a certificate is one for this process; any is where it is not said.</param>
    /// <exception cref="CryptographicException">The files hold no certificate, or no key of it.</exception>
    /// <exception cref="UnfitCertificateException">The certificate is not one for this process, or not now.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public RenewedCertificate(Func<CertificateText> read, TimeProvider time, ILogger logger, Func<X509Certificate2, bool>? isFit = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(time);
        (_read, _time, _logger, _isFit) = (read, time, logger, isFit ?? (static _ => true));
        _used = Load(read());
        TellIfSoonOver();
        _meter.CreateObservableGauge("jamemr.certificate.remaining", Remaining, "s", "How long the certificate that new connections are shown is good yet.");
        _timer = time.CreateTimer(static self => ((RenewedCertificate)self!).LookAgain(), this, Look, Look);
    }

    /// <summary>What new connections use.</summary>
    public CertificateInUse Used => _used;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _meter.Dispose();
    }

    private Measurement<double> Remaining()
    {
        var leaf = _used.Leaf;
        var remaining = new DateTimeOffset(leaf.NotAfter.ToUniversalTime()) - _time.GetUtcNow();
        return new Measurement<double>(remaining.TotalSeconds, new KeyValuePair<string, object?>("certificate", leaf.Thumbprint));
    }

    // The certificate before is left to those who are just being answered with it.
    private void LookAgain()
    {
        var hash = "";
        TellIfSoonOver();
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
            var error = e is UnfitCertificateException ? e.Message : e.GetType().Name;
            var refused = $"{error} {hash}";
            if (string.Equals(refused, _refused, StringComparison.Ordinal)) return;
            _refused = refused;
            LogNotChanged(error);
        }
    }

    private void TellIfSoonOver()
    {
        var (now, until) = (_time.GetUtcNow(), new DateTimeOffset(_used.Leaf.NotAfter.ToUniversalTime()));
        if (until - now > Soon || now - _told < TimeSpan.FromDays(1)) return;
        _told = now;
        LogSoonOver(_used.Leaf.Thumbprint, until);
    }

    // As those see it whom it is shown to: they go by the same authority, and by the clock of the machine.
    private void RequireFit(X509Certificate2 leaf, X509Certificate2Collection between, X509Certificate2Collection authorities)
    {
        if (!_isFit(leaf)) throw new UnfitCertificateException("it is not one for this process");
        if (authorities.Count == 0) return;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        if (chain.Build(leaf)) return;
        throw new UnfitCertificateException(
            chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.NotTimeValid) ? "it is over, or not good yet" : "the authority did not issue it");
    }

    private CertificateInUse Load(CertificateText text)
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

        X509Certificate2Collection between = [.. chain.Skip(1)];
        RequireFit(leaf, between, authorities);
        return new CertificateInUse(HashOf(text), leaf, SslStreamCertificateContext.Create(leaf, between, offline: true), authorities);
    }

    private static string HashOf(CertificateText text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{text.Certificate}\0{text.Key}\0{text.Authority}")));

    [LoggerMessage(1011, LogLevel.Information, "New connections are shown certificate {Thumbprint}, good until {NotAfter:u}.")]
    private partial void LogChanged(string thumbprint, DateTime notAfter);

    [LoggerMessage(1012, LogLevel.Error, "The changed certificate files cannot be used ({Error}); the certificate before stays. All must be readable PEM, the key the certificate's, and the certificate one of the authority's for this process.")]
    private partial void LogNotChanged(string error);

    [LoggerMessage(1013, LogLevel.Warning, "Certificate {Thumbprint} is good until {NotAfter:u} only. Renew it: nobody connects after that.")]
    private partial void LogSoonOver(string thumbprint, DateTimeOffset notAfter);
}

/// <summary>A certificate that can be read, and that nobody would take from this process.</summary>
/// <param name="message">Why, as the end of a sentence.</param>
public sealed class UnfitCertificateException(string message) : CryptographicException(message);

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
