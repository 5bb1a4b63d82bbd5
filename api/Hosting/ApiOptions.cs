using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using JamEmr.Witness;

namespace JamEmr.Api.Hosting;

/// <summary>How the front door runs. Section <c>JamEmr</c> of the configuration, or <c>JamEmr__Name</c> in the environment; the command line wins.
/// Checked when the host starts.</summary>
public sealed class ApiOptions
{
    /// <summary>The folder with everything durable; made when missing. Default <c>jamemr-data</c> in the current folder.</summary>
    public string DataFolder { get; set; } = "jamemr-data";

    /// <summary>A file with the 32-byte master key in base64. Unset: made on first start beside the data folder.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>The address to listen on. Default loopback only.</summary>
    public string ListenAddress { get; set; } = "127.0.0.1";

    /// <summary>The HTTPS port; 0 takes a free one. There is no plain HTTP.</summary>
    public int Port { get; set; } = 8443;

    /// <summary>A PEM certificate (chain). Unset: a self-signed one for localhost is made in the data folder.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The certificate's PEM key.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>The oldest TLS accepted: Tls13, or Tls12 for clients that know no other.</summary>
    public SslProtocols MinimumTls { get; set; } = SslProtocols.Tls13;

    /// <summary>How many requests are taken from one address and one account.</summary>
    public RateLimitOptions RateLimits { get; set; } = new();

    /// <summary>The largest body taken, in bytes. Default 1 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Where to send OpenTelemetry traces and metrics (OTLP); unset sends nothing. Telemetry carries opaque identifiers only.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>Work factor of password hashing (PBKDF2-HMAC-SHA512 rounds). Default and least in production 210,000 (OWASP 2023).</summary>
    public int PasswordHashIterations { get; set; } = 210_000;

    /// <summary>The name under which people reach this server, with the port where that is not 443: what passkeys are bound to, so that one made
    /// here works nowhere else. Unset: localhost and the port listened on. Embedded engine only: in a cluster, silos have this setting.</summary>
    public string? PublicHost { get; set; }

    /// <summary>Failed sign-ins from one address that delay nothing; more make the next ones from there wait. Default 20. An installation that
    /// sees all its clients under one address, behind a proxy, needs more. Embedded engine only: in a cluster, silos have this setting.</summary>
    public int FreeFailuresPerAddress { get; set; } = 20;

    /// <summary>How long the disk may take to write a state or a record before the call fails with its outcome unknown and nothing more is begun
    /// until it answers again; four fifths of it for the question whether it does. Default 1.25 s, more where the disk is slow; at most 20 s, since callers wait for 30. Embedded engine
    /// only: in a cluster, silos have this setting.</summary>
    public TimeSpan WriteLimit { get; set; } = TimeSpan.FromSeconds(1.25);

    /// <summary>Where the audit log's checkpoints go. Embedded engine only: in a cluster, silos have this section.</summary>
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>SHA-256 of these settings, hex: two starts with the same settings have the same. The settings hold paths, never secrets.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, ApiOptionsJson.Default.ApiOptions)));
}

/// <summary>JSON of the settings, for their hash.</summary>
[JsonSerializable(typeof(ApiOptions))]
internal sealed partial class ApiOptionsJson : JsonSerializerContext;
