using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Service;

namespace JamEmr.Api.Hosting;

/// <summary>The server's certificate: the configured one, or a self-signed one for localhost kept in the data folder.</summary>
public static class TlsCertificate
{
    /// <summary>Days a self-signed certificate is good for; the CA/Browser Forum's longest.</summary>
    private const int ValidDays = 397;

    // As many days before its end as a certificate is warned of, which one made here need not be.
    private const int RenewedBefore = 30;

    /// <summary>The certificate's text and its key's, as they are now; makes a certificate when none is configured and none is kept that is
    /// good for another 30 days. Never makes their folder.</summary>
    /// <exception cref="IOException">The files, or their folder, are not there.</exception>
    public static CertificateText Read(ApiOptions options, TimeProvider time)
    {
        if (options is { CertificateFile: { } certificate, CertificateKeyFile: { } key }) return new CertificateText(File.ReadAllText(certificate), File.ReadAllText(key));

        var folder = FolderOf(options);
        var certificateFile = Path.Combine(folder, "localhost.crt");
        var keyFile = Path.Combine(folder, "localhost.key");
        if (!File.Exists(certificateFile) || !File.Exists(keyFile) || IsOver(certificateFile, time.GetUtcNow()))
            Make(certificateFile, keyFile, time.GetUtcNow());
        return new CertificateText(File.ReadAllText(certificateFile), File.ReadAllText(keyFile));
    }

    /// <summary>Makes the folder that a self-signed certificate is kept in, where none is configured. For the start alone: a folder that is gone
    /// later took the data with it, and must not come back empty.</summary>
    public static void MakeFolder(ApiOptions options)
    {
        if (options is { CertificateFile: not null, CertificateKeyFile: not null }) return;
        PrivateFolder.Make(options.DataFolder);
        PrivateFolder.Make(FolderOf(options));
    }

    /// <summary>The certificate as it is now, for a client of the same process to know the server by.</summary>
    public static X509Certificate2 Load(ApiOptions options, TimeProvider time)
    {
        var text = Read(options, time);
        return X509Certificate2.CreateFromPem(text.Certificate, text.Key);
    }

    private static bool IsOver(string certificateFile, DateTimeOffset now)
    {
        using var kept = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile));
        return kept.NotAfter.ToUniversalTime() <= now.UtcDateTime.AddDays(RenewedBefore);
    }

    private static string FolderOf(ApiOptions options) => Path.Combine(options.DataFolder, "tls");

    private static void Make(string certificateFile, string keyFile, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var made = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(ValidDays));
        WritePrivate(keyFile, key.ExportPkcs8PrivateKeyPem());
        WritePrivate(certificateFile, made.ExportCertificatePem());
    }

    // Written aside and renamed, so that a crash leaves a whole file or none; readable by this user only from the first byte.
    private static void WritePrivate(string file, string text)
    {
        var aside = file + ".new";
        File.Delete(aside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(aside, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, file, overwrite: true);
    }
}
