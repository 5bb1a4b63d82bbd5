using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using JamEmr.Ledger.Postgres;
using JamEmr.Witness;

namespace JamEmr.Silo;

/// <summary>What a silo needs beside its cluster. Checked when it starts.</summary>
internal sealed class SiloOptions
{
    /// <summary>The schema of the audit ledger in the cluster's database; made when missing. All silos append to it: the database gives them
    /// one sequence. Lower-case letters, digits and underscores.</summary>
    public string LedgerSchema { get; set; } = "jamemr_ledger";

    /// <summary>Work factor of password hashing (PBKDF2-HMAC-SHA512 rounds). Default and least in production 210,000 (OWASP 2023).</summary>
    public int PasswordHashIterations { get; set; } = 210_000;

    /// <summary>Where the audit log's checkpoints go. Every silo of a cluster needs the same key file, and each a folder of its own.
    /// Unset: <c>jamemr.checkpoints</c> and <c>jamemr.checkpoint-keys</c> in the current folder.</summary>
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>What is wrong with these settings.</summary>
    public IEnumerable<string> Failures()
    {
        if (!PostgresLedgerOptions.IsSchema(LedgerSchema)) yield return $"{nameof(LedgerSchema)} has 1 to 63 lower-case letters, digits and underscores.";
        if (PasswordHashIterations < 1) yield return $"{nameof(PasswordHashIterations)} must be positive.";
        foreach (var failure in Checkpoints.Failures(nameof(Checkpoints))) yield return failure;
    }

    /// <summary>SHA-256 of these settings, hex: two starts with the same settings have the same.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, SiloOptionsJson.Default.SiloOptions)));
}

/// <summary>JSON of the settings, for their hash.</summary>
[JsonSerializable(typeof(SiloOptions))]
internal sealed partial class SiloOptionsJson : JsonSerializerContext;
