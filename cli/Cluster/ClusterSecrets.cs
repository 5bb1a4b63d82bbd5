using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Cli.Cluster;

/// <summary>What is to be made.</summary>
/// <param name="Folder">Where; made for its owner only.</param>
/// <param name="Silos">Silos to issue certificates for.</param>
/// <param name="Apis">Front doors to issue certificates for.</param>
/// <param name="Valid">How long certificates are good.</param>
/// <param name="Database">A connection string without a password.</param>
/// <param name="NewAuthority">Whether an authority is to be replaced; the one before stays trusted.</param>
/// <param name="ForgetOldAuthority">Whether the one before is to be trusted no longer.</param>
internal sealed record ClusterSecretsPlan(
    string Folder, IReadOnlyList<string> Silos, IReadOnlyList<string> Apis, TimeSpan Valid, string Database, bool NewAuthority, bool ForgetOldAuthority);

/// <summary>
/// The files that the processes of a cluster are started with. What seals or signs stored data is made once and never again; certificates are
/// issued anew whenever they are asked for. Every file is for its owner only (mode 0600).
/// </summary>
internal static class ClusterSecrets
{
    private const int KeyBytes = 32;
    private const string CertificateLabel = "CERTIFICATE";

    /// <summary>Makes what is missing, issues what is asked for, and answers a line for each file: its name and what it is for.</summary>
    /// <exception cref="IOException">Something could not be read or written.</exception>
    /// <exception cref="CryptographicException">The authority that is there cannot be used.</exception>
    public static IReadOnlyList<string> Make(ClusterSecretsPlan plan, DateTimeOffset now)
    {
        DurableFile.MakeFolder(plan.Folder);
        List<string> made = [];
        MakeOnce(plan, now, made);
        using var authority = Authority(plan, now, made);
        foreach (var name in plan.Silos) Issue($"silo-{name}", name, ClusterRoles.Silo);
        foreach (var name in plan.Apis) Issue($"api-{name}", name, ClusterRoles.Client);
        return made;

        void Issue(string file, string name, string role)
        {
            var (certificate, key) = authority.Issue(name, role, now, plan.Valid);
            // A process that looks in between finds a pair that does not fit, keeps the one before and looks again.
            Write(plan, $"{file}.key", key);
            Write(plan, $"{file}.crt", certificate);
            made.Add($"{file}.crt, {file}.key: the certificate of {name}, good for {plan.Valid.TotalDays:0} days");
        }
    }

    private static void MakeOnce(ClusterSecretsPlan plan, DateTimeOffset now, List<string> made)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        if (TryCreate(plan, "master.key", Convert.ToBase64String(key) + "\n"))
            made.Add("master.key: seals what is stored; the same on every silo, and lost with it is the data: keep a copy apart from the database");
        CryptographicOperations.ZeroMemory(key);
        if (NoteKeyFile.TryCreate(Path.Combine(plan.Folder, "checkpoint.keys"), Checkpoint.NewKeyName(), NoteKeyType.Ecdsa, now))
            made.Add("checkpoint.keys: signs the audit log's checkpoints; the same on every silo");
        // Letters and digits, so that it needs no quoting wherever it is put.
        var password = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", KeyBytes);
        if (!TryCreate(plan, "postgres.password", password)) return;
        Write(plan, "postgres.connection", $"{plan.Database.TrimEnd(';')};Password={password}\n");
        made.Add("postgres.password: the database account's password, for the database");
        made.Add("postgres.connection: how silos and front doors reach the database");
    }

    private static ClusterAuthority Authority(ClusterSecretsPlan plan, DateTimeOffset now, List<string> made)
    {
        var (certificateFile, keyFile) = (Path.Combine(plan.Folder, "authority.crt"), Path.Combine(plan.Folder, "authority.key"));
        var isThere = File.Exists(certificateFile) && File.Exists(keyFile);
        if (!isThere || plan.NewAuthority)
        {
            var authority = ClusterAuthority.Create(now);
            var before = isThere ? FirstOf(File.ReadAllText(certificateFile)) : "";
            // Trusted before it issues anything.
            Write(plan, "authority.crt", authority.Certificate + before);
            Write(plan, "authority.key", authority.Key);
            made.Add("authority.crt: whom the cluster's processes trust");
            made.Add("authority.key: issues certificates; no process needs it: keep it elsewhere");
            return authority;
        }

        var text = File.ReadAllText(certificateFile);
        if (plan.ForgetOldAuthority)
        {
            Write(plan, "authority.crt", text = FirstOf(text));
            made.Add("authority.crt: only the present authority is trusted");
        }

        return ClusterAuthority.Parse(text, File.ReadAllText(keyFile));
    }

    private static string FirstOf(string text)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(text);
        return all.Count > 0 ? all[0].ExportCertificatePem() + "\n" : throw new CryptographicException($"authority.crt holds no {CertificateLabel}.");
    }

    private static bool TryCreate(ClusterSecretsPlan plan, string name, string text) => DurableFile.TryCreate(Path.Combine(plan.Folder, name), text, DurableFile.Secret);

    private static void Write(ClusterSecretsPlan plan, string name, string text) => DurableFile.Write(Path.Combine(plan.Folder, name), text, DurableFile.Secret);
}
