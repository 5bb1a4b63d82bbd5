using System.Net;
using JamEmr.Engine.Clustering.Membership;
using JamEmr.Engine.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JamEmr.Engine.Clustering;

/// <summary>Refuses settings that could not work, or that would lose something, before anything starts. Never repeats a secret.</summary>
/// <param name="isSilo">Whether the process is to host grains: other machines would reach it then.</param>
public sealed class OrleansEngineOptionsValidator(bool isSilo) : IValidateOptions<OrleansEngineOptions>
{
    private const int MaxPort = 65_535;
    private const int MaxIdLength = 150;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OrleansEngineOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Failures(OrleansEngineOptions options)
    {
        if (options.ConnectionStringFile is { } file && !File.Exists(file))
            yield return $"The connection string file {file} does not exist.";
        else if (options.FindConnectionString() is not { Length: > 0 } connection)
            yield return $"There is no connection string for PostgreSQL; set {nameof(options.ConnectionStringFile)} or {OrleansEngineOptions.ConnectionVariable}.";
        else if (!IsConnectionString(connection))
            yield return "The connection string for PostgreSQL cannot be read; it looks like Host=…;Database=…;Username=…;Password=….";
        else if (ClusterConnection.WhyNot(connection) is { } reason)
            yield return reason;

        if (options.MasterKeyFile is { } key && !File.Exists(key)) yield return $"The master key file {key} does not exist.";
        if (!IsId(options.ServiceId)) yield return $"{nameof(options.ServiceId)} must have 1 to {MaxIdLength} characters.";
        if (!IsId(options.ClusterId)) yield return $"{nameof(options.ClusterId)} must have 1 to {MaxIdLength} characters.";
        if (options.AdvertisedAddress is { } address && !IPAddress.TryParse(address, out _))
            yield return $"{nameof(options.AdvertisedAddress)} must be an IP address.";
        if (options.SiloPort is < 1 or > MaxPort) yield return $"{nameof(options.SiloPort)} must be 1 to {MaxPort}.";
        if (options.GatewayPort is < 0 or > MaxPort) yield return $"{nameof(options.GatewayPort)} must be 0 to {MaxPort}.";
        if (options.GatewayPort == options.SiloPort) yield return $"{nameof(options.GatewayPort)} and {nameof(options.SiloPort)} must differ.";
        if (options.ResponseTimeout < TimeSpan.FromSeconds(1) || options.ResponseTimeout > TimeSpan.FromMinutes(10))
            yield return $"{nameof(options.ResponseTimeout)} must be 1 second to 10 minutes.";
        if (options.HandOver < TimeSpan.Zero || options.HandOver > TimeSpan.FromMinutes(10))
            yield return $"{nameof(options.HandOver)} must be 0 to 10 minutes.";
        if (options.ProbeTimeout < TimeSpan.FromMilliseconds(100) || options.ProbeTimeout > TimeSpan.FromMinutes(1))
            yield return $"{nameof(options.ProbeTimeout)} must be 100 milliseconds to 1 minute.";
        if (options.MissedProbes is < 1 or > 20) yield return $"{nameof(options.MissedProbes)} must be 1 to 20.";
        if (options.ProbeTimeout * options.MissedProbes <= SiloLease.Term)
            yield return $"{nameof(options.ProbeTimeout)} times {nameof(options.MissedProbes)} must be more than {SiloLease.Term.TotalSeconds:0} second: a silo is not given up before it has itself stopped answering.";
        if (options.DeathVotes is < 1 or > 10) yield return $"{nameof(options.DeathVotes)} must be 1 to 10.";
        if (options.IdleAge < TimeSpan.FromSeconds(2)) yield return $"{nameof(options.IdleAge)} must be at least 2 seconds.";
        if (options.StreamTakeover < TimeSpan.FromSeconds(1) || options.StreamTakeover > TimeSpan.FromHours(1))
            yield return $"{nameof(options.StreamTakeover)} must be 1 second to 1 hour.";
        if (!IsPair(options.InferenceOn)) yield return $"{nameof(options.InferenceOn)} must be a name and a value, such as gpu=true.";
        if (options.Metadata.Any(pair => !IsPair($"{pair.Key}={pair.Value}")))
            yield return $"{nameof(options.Metadata)} must have names and values without spaces or '='.";
        if (isSilo && !options.Tls.IsSet && !(IPAddress.TryParse(options.AdvertisedAddress, out var own) && IPAddress.IsLoopback(own)))
            yield return $"A silo that other machines reach needs certificates: set {nameof(options.Tls)} (jamemr cluster-secrets makes them), or {nameof(options.AdvertisedAddress)} to a loopback address.";
        foreach (var failure in options.Tls.Failures(nameof(options.Tls))) yield return failure;
    }

    private static bool IsId(string? id) => id is { Length: > 0 and <= MaxIdLength } && !string.IsNullOrWhiteSpace(id);

    private static bool IsPair(string pair) =>
        pair.Split('=') is [{ Length: > 0 } name, { Length: > 0 } value] && !(name + value).Any(char.IsWhiteSpace) && pair.Length <= MaxIdLength;

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
