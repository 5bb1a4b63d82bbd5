namespace JamEmr.Engine.Clustering;

/// <summary>
/// The files of mutual TLS between silos and from clients to silos. Set all or none: without them a process takes part over loopback only.
/// They are read again when they change.
/// </summary>
public sealed class ClusterTlsOptions
{
    /// <summary>This process's certificate (PEM), issued by the authority for its role.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The certificate's key (PEM), readable by this process's account only.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The authority (PEM) that issued the certificates of this cluster. No other is trusted, the machine's own included; two in one
    /// file are both trusted, which is how an authority is replaced.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>Whether certificates are set.</summary>
    public bool IsSet => CertificateFile is not null || KeyFile is not null || AuthorityFile is not null;

    /// <summary>What is wrong with these settings, one sentence each.</summary>
    public IEnumerable<string> Failures(string section)
    {
        if (!IsSet) yield break;
        (string Name, string? File)[] files =
            [(nameof(CertificateFile), CertificateFile), (nameof(KeyFile), KeyFile), (nameof(AuthorityFile), AuthorityFile)];
        foreach (var (name, file) in files)
        {
            if (file is null) yield return $"{section}:{name} is missing: set all three files, or none.";
            else if (!File.Exists(file)) yield return $"{section}:{name}: {file} does not exist.";
        }
    }
}
