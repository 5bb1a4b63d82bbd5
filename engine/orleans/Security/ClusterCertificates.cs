using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Service;
using Microsoft.Extensions.Logging;
using Orleans.Connections.Security;

namespace JamEmr.Engine.Clustering.Security;

/// <summary>
/// Mutual TLS 1.3 among the processes of a cluster. Both sides show a certificate of the cluster's own authority, which is the only one
/// trusted, and a certificate says which role its holder has: what a client holds opens gateways and nothing else.
/// </summary>
internal sealed class ClusterCertificates : IDisposable
{
    private readonly RenewedCertificate _certificate;

    /// <summary>Reads the files.</summary>
    /// <param name="options">Which files.</param>
    /// <param name="role">What this process is; its certificate must say so.</param>
    /// <param name="time">When to look at the files again.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <exception cref="OrleansConfigurationException">They cannot be used.</exception>
    public ClusterCertificates(ClusterTlsOptions options, string role, TimeProvider time, ILogger<ClusterCertificates> logger)
    {
        try
        {
            _certificate = new RenewedCertificate(
                () => new CertificateText(
                    File.ReadAllText(options.CertificateFile!), File.ReadAllText(options.KeyFile!), File.ReadAllText(options.AuthorityFile!)),
                time,
                logger,
                certificate => IsNamed(certificate, role));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OrleansConfigurationException(
                $"The cluster's certificate cannot be used ({(e is UnfitCertificateException ? e.Message : e.GetType().Name)}): JamEmr:Cluster:Tls must name readable PEM files of a certificate for this process that is good now, its key and its authority.", e);
        }
    }

    /// <summary>How connections are taken from, or made to, holders of one of these roles.</summary>
    public TlsOptions For(params string[] roles) => new()
    {
        SslProtocols = SslProtocols.Tls13,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        // Orleans wants one named; the certificate in use is put in its place for every connection.
        LocalServerCertificateSelector = (_, _) => _certificate.Used.Leaf,
        LocalClientCertificateSelector = (_, _, _, _, _) => _certificate.Used.Leaf,
        RemoteCertificateValidation = (certificate, _, errors) => errors is SslPolicyErrors.None && Array.Exists(roles, role => IsNamed(certificate, role)),
        OnAuthenticateAsServer = (_, options) => Answer((SslServerAuthenticationOptions)options.SslServerAuthenticationOptions),
        OnAuthenticateAsClient = (_, options) => Ask((SslClientAuthenticationOptions)options.SslClientAuthenticationOptions),
    };

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    private void Answer(SslServerAuthenticationOptions options)
    {
        var used = _certificate.Used;
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificateContext = used.Context;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = Policy(used, ClusterRoles.ClientUsage);
        // Connections live long; each is authenticated anew.
        options.AllowTlsResume = false;
    }

    private void Ask(SslClientAuthenticationOptions options)
    {
        var used = _certificate.Used;
        options.LocalCertificateSelectionCallback = null;
        options.ClientCertificateContext = used.Context;
        options.TargetHost = ClusterRoles.Silo;
        options.CertificateChainPolicy = Policy(used, ClusterRoles.ServerUsage);
        options.AllowTlsResume = false;
    }

    // Certificates are short-lived and few, and are taken out of use by replacing the authority: there is no list of revoked ones.
    private static X509ChainPolicy Policy(CertificateInUse used, string usage)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(used.Authorities);
        policy.ApplicationPolicy.Add(new Oid(usage));
        return policy;
    }

    private static bool IsNamed(X509Certificate2 certificate, string role) =>
        certificate.MatchesHostname(role, allowWildcards: false, allowCommonName: false);
}
