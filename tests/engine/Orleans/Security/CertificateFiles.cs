using System.Security.Cryptography.X509Certificates;
using JamEmr.Cli.Cluster;
using JamEmr.Engine.Clustering;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>A folder with the certificates of a cluster, as the command line issues them.</summary>
internal sealed class CertificateFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-certificates-").FullName;
    private ClusterAuthority _authority = New();

    public CertificateFiles() => File.WriteAllText(AuthorityFile, _authority.Certificate);

    private string AuthorityFile => Path.Combine(_folder, "authority.crt");

    /// <summary>Has another authority issue from now on; the files trust both, or the new one alone.</summary>
    public void Replace(bool trustBefore)
    {
        var before = trustBefore ? _authority.Certificate : "";
        _authority.Dispose();
        _authority = New();
        File.WriteAllText(AuthorityFile, _authority.Certificate + before);
    }

    /// <summary>Issues a certificate, in place of the one of that name, and answers what a process is configured with.</summary>
    public ClusterTlsOptions Issue(string name, string role)
    {
        var (certificate, key) = _authority.Issue(name, role, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
        var options = new ClusterTlsOptions
        {
            CertificateFile = Path.Combine(_folder, $"{name}.crt"),
            KeyFile = Path.Combine(_folder, $"{name}.key"),
            AuthorityFile = AuthorityFile,
        };
        File.WriteAllText(options.CertificateFile, certificate);
        File.WriteAllText(options.KeyFile, key);
        return options;
    }

    /// <summary>A certificate that is in no file.</summary>
    public X509Certificate2 IssueLoose(string role, TimeSpan valid, DateTimeOffset? from = null)
    {
        var (certificate, key) = _authority.Issue("loose", role, from ?? TimeProvider.System.GetUtcNow(), valid);
        return X509Certificate2.CreateFromPem(certificate, key);
    }

    // Older than what it issues, some of which is over.
    private static ClusterAuthority New() => ClusterAuthority.Create(TimeProvider.System.GetUtcNow().AddDays(-1));

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
