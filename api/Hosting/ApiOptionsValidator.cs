using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Options;

namespace JamEmr.Api.Hosting;

/// <summary>Refuses to start on options that cannot be right; each message says what to set.</summary>
public sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        List<string> wrong = [];
        if (string.IsNullOrWhiteSpace(options.DataFolder)) wrong.Add("JamEmr:DataFolder must name a folder.");
        if (!IPAddress.TryParse(options.ListenAddress, out _)) wrong.Add("JamEmr:ListenAddress must be an IP address, such as 127.0.0.1 or 0.0.0.0.");
        if (options.Port is < 0 or > 65535) wrong.Add("JamEmr:Port must be 0 to 65535.");
        if (options.CertificateFile is null != options.CertificateKeyFile is null)
            wrong.Add("Set both JamEmr:CertificateFile and JamEmr:CertificateKeyFile, or neither.");
        if (options.CertificateFile is { } cert && !File.Exists(cert)) wrong.Add("JamEmr:CertificateFile does not exist.");
        if (options.CertificateKeyFile is { } key && !File.Exists(key)) wrong.Add("JamEmr:CertificateKeyFile does not exist.");
        if (options.MinimumTls is not (SslProtocols.Tls12 or SslProtocols.Tls13)) wrong.Add("JamEmr:MinimumTls must be Tls12 or Tls13.");
        if (options.MaxBodyBytes is < 16 * 1024 or > 64 * 1024 * 1024) wrong.Add("JamEmr:MaxBodyBytes must be 16 KiB to 64 MiB.");
        if (options.PasswordHashIterations < 1) wrong.Add("JamEmr:PasswordHashIterations must be positive; 210000 or more outside tests.");
        wrong.AddRange(options.RateLimits.Failures("JamEmr:RateLimits"));
        if (options.PublicHost is { } host && !IsHost(host))
            wrong.Add("JamEmr:PublicHost must be a host name, such as emr.example.org, with its port where that is not 443; not an address.");
        if (options.FreeFailuresPerAddress < 1) wrong.Add("JamEmr:FreeFailuresPerAddress must be positive.");
        if (options.WriteLimit < TimeSpan.FromMilliseconds(100) || options.WriteLimit > TimeSpan.FromSeconds(20))
            wrong.Add("JamEmr:WriteLimit must be 100 milliseconds to 20 seconds.");
        wrong.AddRange(options.Checkpoints.Failures("JamEmr:Checkpoints"));
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static bool IsHost(string host) =>
        Uri.TryCreate($"https://{host}", UriKind.Absolute, out var uri)
        && uri.HostNameType is UriHostNameType.Dns
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), $"https://{host}", StringComparison.OrdinalIgnoreCase);
}
