using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Engine.Clustering.Security;

namespace JamEmr.Cli.Cluster;

/// <summary>Issues the certificates of one cluster (RFC 5280), whose processes trust no other authority.</summary>
internal sealed class ClusterAuthority : IDisposable
{
    private const int ValidYears = 10;
    private const int SerialBytes = 16;

    // A process whose clock is a little behind takes a certificate that was just made.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2 _certificate;

    private ClusterAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>The authority's certificate, PEM.</summary>
    public string Certificate => _certificate.ExportCertificatePem() + "\n";

    /// <summary>Its key, PEM (PKCS #8).</summary>
    public string Key
    {
        get
        {
            using var key = _certificate.GetECDsaPrivateKey()!;
            return key.ExportPkcs8PrivateKeyPem() + "\n";
        }
    }

    /// <summary>A new authority, good for ten years.</summary>
    public static ClusterAuthority Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        // A name of its own, so that an authority and the one that replaces it are told apart.
        var request = new CertificateRequest($"CN=JamEMR cluster {RandomNumberGenerator.GetHexString(8, lowercase: true)}", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new ClusterAuthority(request.CreateSelfSigned(now - ClockSkew, now.AddYears(ValidYears)));
    }

    /// <summary>The authority whose certificate is the first of a text.</summary>
    /// <exception cref="CryptographicException">The texts hold no certificate with its key.</exception>
    public static ClusterAuthority Parse(string certificate, string key) => new(X509Certificate2.CreateFromPem(certificate, key));

    /// <summary>Issues a certificate of a silo or front door, and its key, PEM.</summary>
    /// <param name="name">Names the process among those of its role.</param>
    /// <param name="role">One of <see cref="ClusterRoles"/>; only silos may be connected to.</param>
    /// <param name="now">From when it is good.</param>
    /// <param name="valid">For how long; never longer than the authority.</param>
    public (string Certificate, string Key) Issue(string name, string role, DateTimeOffset now, TimeSpan valid)
    {
        string[] usages = role == ClusterRoles.Silo ? [ClusterRoles.ClientUsage, ClusterRoles.ServerUsage] : [ClusterRoles.ClientUsage];
        return Issue($"{name}.{role}", [role, $"{name}.{role}"], usages, now, valid);
    }

    /// <summary>Issues a certificate of the database's server, and its key, PEM. It opens nothing: it can only be connected to.</summary>
    /// <param name="hosts">The names and addresses under which the server is reached.</param>
    /// <param name="now">From when it is good.</param>
    /// <param name="valid">For how long; never longer than the authority.</param>
    public (string Certificate, string Key) IssueServer(IReadOnlyList<string> hosts, DateTimeOffset now, TimeSpan valid) =>
        Issue("database", hosts, [ClusterRoles.ServerUsage], now, valid);

    private (string Certificate, string Key) Issue(string subject, IReadOnlyList<string> hosts, string[] usages, DateTimeOffset now, TimeSpan valid)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        var allowed = new OidCollection();
        foreach (var usage in usages) allowed.Add(new Oid(usage));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(allowed, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var until = now + valid;
        var last = new DateTimeOffset(_certificate.NotAfter.ToUniversalTime());
        using var issued = request.Create(_certificate, now - ClockSkew, until < last ? until : last, RandomNumberGenerator.GetBytes(SerialBytes));
        return (issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();
}
