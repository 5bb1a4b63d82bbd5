using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Ledger.Checkpoints;
using Npgsql;

namespace JamEmr.Cli.Cluster;

/// <summary>What is to be made.</summary>
/// <param name="Folder">Where; made for its owner only.</param>
/// <param name="Silos">Silos to issue certificates for.</param>
/// <param name="Apis">Front doors to issue certificates for.</param>
/// <param name="Databases">Names and addresses under which PostgreSQL is reached, to issue its certificate for; none issues none.</param>
/// <param name="Valid">How long certificates are good.</param>
/// <param name="Database">A connection string without a password.</param>
/// <param name="NewAuthority">Whether an authority is to be replaced; the one before stays trusted.</param>
/// <param name="ForgetOldAuthority">Whether the one before is to be trusted no longer.</param>
internal sealed record ClusterSecretsPlan(
    string Folder, IReadOnlyList<string> Silos, IReadOnlyList<string> Apis, IReadOnlyList<string> Databases, TimeSpan Valid, string Database,
    bool NewAuthority, bool ForgetOldAuthority);

/// <summary>
/// The files that the processes of a cluster are started with. What seals or signs stored data is made once and never again; certificates are
/// issued anew whenever they are asked for. Every file is for its owner only (mode 0600).
/// </summary>
internal static class ClusterSecrets
{
    private const int KeyBytes = 32;

    /// <summary>Makes what is missing, issues what is asked for, and answers a line for each file: its name and what it is for.</summary>
    /// <exception cref="IOException">Something could not be read or written, or half of the authority is missing.</exception>
    /// <exception cref="CryptographicException">The authority that is there cannot be used.</exception>
    public static IReadOnlyList<string> Make(ClusterSecretsPlan plan, DateTimeOffset now)
    {
        RequireBothOrNone(plan.Folder);
        DurableFile.MakeFolder(plan.Folder);
        List<string> made = [];
        using var authority = Authority(plan, now, made);
        MakeOnce(plan, now, made);
        foreach (var name in plan.Silos) Put($"silo-{name}", name, authority.Issue(name, ClusterRoles.Silo, now, plan.Valid));
        foreach (var name in plan.Apis) Put($"api-{name}", name, authority.Issue(name, ClusterRoles.Client, now, plan.Valid));
        if (plan.Databases.Count > 0) Put("postgres", "the database", authority.IssueServer(plan.Databases, now, plan.Valid));
        return made;

        void Put(string file, string name, (string Certificate, string Key) issued)
        {
            // A process that looks in between finds a pair that does not fit, keeps the one before and looks again.
            Write(plan, $"{file}.key", issued.Key);
            Write(plan, $"{file}.crt", issued.Certificate);
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
        var password = NewPassword();
        if (TryCreate(plan, "postgres.password", password))
        {
            Write(plan, "postgres.connection", $"{plan.Database.TrimEnd(';')};Password={password}\n");
            made.Add("postgres.password: the password of the account that owns the database, for the database");
            made.Add("postgres.connection: how jamemr migrate reaches the database, as its owner; no silo or front door needs it");
        }

        MakeAccount("silo", "how silos reach the database: they read and write, and make no tables");
        MakeAccount("api", "how front doors reach the database: they read which silos there are, and nothing else");

        void MakeAccount(string process, string why)
        {
            var account = new NpgsqlConnectionStringBuilder(plan.Database) { Password = NewPassword() };
            account.Username += $"_{process}";
            if (TryCreate(plan, $"postgres-{process}.connection", account.ConnectionString + "\n")) made.Add($"postgres-{process}.connection: {why}");
        }
    }

    // Letters and digits, so that it needs no quoting wherever it is put.
    private static string NewPassword() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", KeyBytes);

    // The authority is the certificate that authority.key belongs to; the other one that authority.crt may hold is trusted only. So the one
    // rename that puts authority.key in its place decides, and whatever is interrupted before it leaves everything as it was.
    private static ClusterAuthority Authority(ClusterSecretsPlan plan, DateTimeOffset now, List<string> made)
    {
        var (certificateFile, keyFile) = (Path.Combine(plan.Folder, "authority.crt"), Path.Combine(plan.Folder, "authority.key"));
        if (!File.Exists(certificateFile)) return Replace("");
        var (trusted, key) = (All(File.ReadAllText(certificateFile)), File.ReadAllText(keyFile));
        var present = trusted.Find(one => IsOf(one, key)) ?? throw new CryptographicException("authority.key is the key of no certificate in authority.crt.");
        if (plan.NewAuthority)
        {
            // Where the first is not the one in use, a change was interrupted before the first had issued anything: it begins again.
            if (trusted.Count > 1 && ReferenceEquals(trusted[0], present))
                throw new IOException("Nothing was done: authority.crt still trusts the authority before this one. When every process has a certificate of the present one, run --forget-old-authority; then --new-authority again.");
            return Replace(Pem(present));
        }

        if (plan.ForgetOldAuthority)
        {
            Write(plan, "authority.crt", Pem(present));
            made.Add("authority.crt: only the present authority is trusted");
        }

        return ClusterAuthority.Parse(Pem(present), key);

        ClusterAuthority Replace(string before)
        {
            var authority = ClusterAuthority.Create(now);
            // Trusted before it issues anything.
            Write(plan, "authority.crt", authority.Certificate + before);
            Write(plan, "authority.key", authority.Key);
            made.Add("authority.crt: whom the cluster's processes trust");
            made.Add("authority.key: issues certificates; no process needs it: keep it elsewhere, and bring it back to issue more");
            return authority;
        }
    }

    // Who keeps the key elsewhere, as they are told to, must not be given another authority for want of it: no process would trust the others.
    private static void RequireBothOrNone(string folder)
    {
        var (hasCertificate, hasKey) = (File.Exists(Path.Combine(folder, "authority.crt")), File.Exists(Path.Combine(folder, "authority.key")));
        if (hasCertificate == hasKey) return;
        var (missing, other) = hasCertificate ? ("authority.key", "authority.crt") : ("authority.crt", "authority.key");
        throw new IOException($"Nothing was done: {folder} has {other} but not {missing}. Bring {missing} back for as long as certificates are issued. (Where no process has been started yet, remove {other} to begin with a new authority.)");
    }

    private static List<X509Certificate2> All(string text)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(text);
        return [.. all];
    }

    private static bool IsOf(X509Certificate2 certificate, string key)
    {
        using var own = certificate.GetECDsaPublicKey();
        using var given = ECDsa.Create();
        given.ImportFromPem(key);
        return own is not null && own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(given.ExportSubjectPublicKeyInfo());
    }

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static bool TryCreate(ClusterSecretsPlan plan, string name, string text) => DurableFile.TryCreate(Path.Combine(plan.Folder, name), text, DurableFile.Secret);

    private static void Write(ClusterSecretsPlan plan, string name, string text) => DurableFile.Write(Path.Combine(plan.Folder, name), text, DurableFile.Secret);
}
