using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Hosting;
using JamEmr.Ledger.Postgres;
using JamEmr.Witness;

namespace JamEmr.Silo;

/// <summary>What a silo needs beside its cluster. Checked when it starts.</summary>
internal sealed class SiloOptions
{
    /// <summary>The schema of the audit ledger in the cluster's database, which <c>jamemr migrate</c> makes. All silos append to it: the database
    /// gives them one sequence. Lower-case letters, digits and underscores.</summary>
    public string LedgerSchema { get; set; } = "jamemr_ledger";

    /// <summary>Work factor of password hashing (PBKDF2-HMAC-SHA512 rounds). Default and least in production 210,000 (OWASP 2023).</summary>
    public int PasswordHashIterations { get; set; } = 210_000;

    /// <summary>The name under which people reach the cluster, with the port where that is not 443: what passkeys are bound to.</summary>
    public string PublicHost { get; set; } = "localhost";

    /// <summary>Failed sign-ins from one address that delay nothing; more make the next ones from there wait.</summary>
    public int FreeFailuresPerAddress { get; set; } = 20;

    /// <summary>Where the audit log's checkpoints go. Every silo of a cluster needs the same key file, and each a folder of its own.
    /// Unset: <c>jamemr.checkpoints</c> and <c>jamemr.checkpoint-keys</c> in the current folder.</summary>
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>Where it says how it is.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>Where to send OpenTelemetry traces and metrics (OTLP); unset sends nothing. Telemetry carries opaque identifiers only.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>How long a silo that is told to stop may take to end its calls and hand over what it does. Default 1 minute.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the database may take to write a state or a record before the call fails with its outcome unknown and nothing more is
    /// begun until it answers again; four fifths of it for the question whether it does. Default 1.25 s, more where the database is slow or far; of what is more than the engine's response time, callers see only that.</summary>
    public TimeSpan WriteLimit { get; set; } = TimeSpan.FromSeconds(1.25);

    /// <summary>SHA-256, hex, of the settings that all silos of a cluster share: where each keeps its files is its own. No secret is among them.</summary>
    public string Hash()
    {
        string[] shared =
        [
            LedgerSchema,
            PasswordHashIterations.ToString(CultureInfo.InvariantCulture),
            PublicHost,
            FreeFailuresPerAddress.ToString(CultureInfo.InvariantCulture),
            Checkpoints.Interval.ToString("c", CultureInfo.InvariantCulture),
            WriteLimit.ToString("c", CultureInfo.InvariantCulture),
            .. Checkpoints.Witnesses.Select(witness => $"{witness.Url} {witness.Key}"),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', shared))));
    }

    /// <summary>What is wrong with these settings.</summary>
    public IEnumerable<string> Failures()
    {
        if (!PostgresLedgerOptions.IsSchema(LedgerSchema)) yield return $"{nameof(LedgerSchema)} has 1 to 63 lower-case letters, digits and underscores.";
        if (PasswordHashIterations < 1) yield return $"{nameof(PasswordHashIterations)} must be positive.";
        if (!GrainsOptions.IsPublicHost(PublicHost)) yield return $"{nameof(PublicHost)} is a host name, with its port where that is not 443; not an address.";
        if (WriteLimit < TimeSpan.FromMilliseconds(100) || WriteLimit > TimeSpan.FromMinutes(1)) yield return $"{nameof(WriteLimit)} must be 100 milliseconds to 1 minute.";
        if (FreeFailuresPerAddress < 1) yield return $"{nameof(FreeFailuresPerAddress)} must be positive.";
        if (DrainTimeout < TimeSpan.FromSeconds(1) || DrainTimeout > TimeSpan.FromMinutes(10)) yield return $"{nameof(DrainTimeout)} must be 1 second to 10 minutes.";
        foreach (var failure in Health.Failures(nameof(Health))) yield return failure;
        foreach (var failure in Checkpoints.Failures(nameof(Checkpoints))) yield return failure;
    }
}
