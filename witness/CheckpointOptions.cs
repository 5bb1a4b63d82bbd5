using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Witness;

/// <summary>Where a service's checkpoints go. Section <c>Checkpoints</c> of its configuration.</summary>
public sealed class CheckpointOptions
{
    /// <summary>The longest that a checkpoint may wait: 10 s.</summary>
    public static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(10);

    /// <summary>The folder for checkpoints. Best on another disk, or copied away often: whoever can put it back together with the database can
    /// put back both. Unset: beside the data folder, its name ending in <c>.checkpoints</c>.</summary>
    public string? Folder { get; set; }

    /// <summary>The file with the keys that sign. Unset: beside the data folder, its name ending in <c>.checkpoint-keys</c>; made on first
    /// start.</summary>
    public string? KeyFile { get; set; }

    /// <summary>How often is looked for something new: 0.1 s to 10 s. Default 10 s.</summary>
    public TimeSpan Interval { get; set; } = LongestInterval;

    /// <summary>The witnesses that get every checkpoint.</summary>
    public IList<WitnessOptions> Witnesses { get; } = [];

    /// <summary>What is wrong with these settings, each in a sentence.</summary>
    /// <param name="section">What to call the section.</param>
    public IEnumerable<string> Failures(string section)
    {
        if (Interval < TimeSpan.FromSeconds(0.1) || Interval > LongestInterval) yield return $"{section}:Interval must be 0.1 to 10 seconds.";
        if (Witnesses.Count > WitnessOptions.Most) yield return string.Create(CultureInfo.InvariantCulture, $"{section}:Witnesses has at most {WitnessOptions.Most}.");
        for (var i = 0; i < Witnesses.Count; i++)
        {
            if (Witnesses[i].Failure() is { } wrong) yield return string.Create(CultureInfo.InvariantCulture, $"{section}:Witnesses:{i}: {wrong}");
        }
    }

    /// <summary>A client for each witness. Call it for options without <see cref="Failures"/>.</summary>
    public IEnumerable<WitnessClient> Clients() => Witnesses.Select(witness => witness.Client());
}

/// <summary>A witness that gets checkpoints.</summary>
public sealed class WitnessOptions
{
    /// <summary>The most witnesses.</summary>
    public const int Most = 16;

    /// <summary>The prefix of its address: <c>https://…</c>, or <c>http://</c> on this machine.</summary>
    public Uri? Url { get; set; }

    /// <summary>Its public key, as <c>jamemr witness</c> prints it.</summary>
    public string? Key { get; set; }

    /// <summary>PEM certificates that its own must lead to. Unset: those that this machine trusts.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>What is wrong, in a sentence, or null.</summary>
    internal string? Failure()
    {
        if (Url is null || Key is null) return "give Url and Key.";
        try
        {
            Client().Dispose();
            return null;
        }
        catch (Exception e) when (e is NoteException or ArgumentException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            return e.Message;
        }
    }

    internal WitnessClient Client()
    {
        X509Certificate2Collection? trusted = null;
        if (CertificateFile is { } file)
        {
            trusted = [];
            trusted.ImportFromPemFile(file);
        }

        return new WitnessClient(Url!, NoteVerifier.Parse(Key!), trusted);
    }
}
