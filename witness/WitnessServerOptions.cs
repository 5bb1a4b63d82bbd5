using System.Net;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Witness;

/// <summary>How a witness serves.</summary>
public sealed class WitnessServerOptions
{
    /// <summary>The address and port; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The folder with what it must not lose; made when missing.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The keys of the logs it serves.</summary>
    public required IReadOnlyList<NoteVerifier> LogKeys { get; init; }

    /// <summary>Its name. Null: the name it has, or a new one.</summary>
    public string? Name { get; init; }

    /// <summary>A PEM certificate (chain). Null: plain HTTP, on this machine only.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The certificate's PEM key.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>What is wrong with these settings, each in a sentence.</summary>
    public IEnumerable<string> Failures()
    {
        if (LogKeys.Count == 0) yield return "A witness needs the key of at least one log: --log-key.";
        if (LogKeys.Any(key => key.Type != NoteKeyType.Ecdsa)) yield return "A log's key must be one that signs checkpoints, as \"jamemr keys show\" prints it.";
        if (CertificateFile is null != CertificateKeyFile is null) yield return "Give both --certificate and --key, or neither.";
        if (CertificateFile is null && !IPAddress.IsLoopback(Listen.Address)) yield return "Without a certificate a witness serves this machine only: listen on 127.0.0.1, or give --certificate and --key.";
        if (Name is { } name && !NoteSignature.IsName(name)) yield return "A witness's name must not be empty or have spaces or plus signs.";
    }
}
