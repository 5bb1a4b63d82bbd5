namespace JamEmr.Silo;

/// <summary>What a silo needs beside its cluster. Checked when it starts.</summary>
internal sealed class SiloOptions
{
    /// <summary>The folder of the audit ledger; made when missing. One process can have it open, so as long as the ledger is a folder, a
    /// cluster has one silo.</summary>
    public string LedgerFolder { get; set; } = "jamemr-ledger";

    /// <summary>Work factor of password hashing (PBKDF2-HMAC-SHA512 rounds). Default and least in production 210,000 (OWASP 2023).</summary>
    public int PasswordHashIterations { get; set; } = 210_000;

    /// <summary>What is wrong with these settings.</summary>
    public IEnumerable<string> Failures()
    {
        if (string.IsNullOrWhiteSpace(LedgerFolder)) yield return $"{nameof(LedgerFolder)} names no folder.";
        if (PasswordHashIterations < 1) yield return $"{nameof(PasswordHashIterations)} must be positive.";
    }
}
