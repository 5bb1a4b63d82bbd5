using System.Diagnostics;
using System.Globalization;
using JamEmr.Engine.Postgres;
using JamEmr.Ledger.Postgres;
using Npgsql;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>The secrets of a cluster, made for one run as an operator makes them: with <c>jamemr cluster-secrets</c>.</summary>
public sealed class ClusterKeys
{
    private ClusterKeys(string folder) => Folder = folder;

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>The key that seals what is stored.</summary>
    public string MasterKeyFile => Path.Combine(Folder, "master.key");

    /// <summary>The keys that sign checkpoints, the same for all silos.</summary>
    public string CheckpointKeyFile => Path.Combine(Folder, "checkpoint.keys");

    /// <summary>How silos reach PostgreSQL.</summary>
    public string SiloConnectionFile => Path.Combine(Folder, "postgres-silo.connection");

    /// <summary>How front doors reach it.</summary>
    public string ApiConnectionFile => Path.Combine(Folder, "postgres-api.connection");

    /// <summary>Makes them: certificates for so many silos and front doors, named <c>silo1</c>, <c>api1</c> and so on.</summary>
    /// <param name="cli">jamemr.dll.</param>
    /// <param name="folder">Where; made.</param>
    /// <param name="connection">How its owner reaches the database: makes the accounts of silos and front doors, which are named after it.</param>
    /// <param name="silos">How many silos.</param>
    /// <param name="apis">How many front doors.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="InvalidOperationException">The command failed; the message has what it said.</exception>
    public static async Task<ClusterKeys> CreateAsync(string cli, string folder, string connection, int silos, int apis, CancellationToken ct)
    {
        string[] arguments = ["exec", cli, "cluster-secrets", "--out", folder, .. Named("--silo", "silo", silos), .. Named("--api", "api", apis)];
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0) throw new InvalidOperationException($"jamemr cluster-secrets: {said[1]}");
        var keys = new ClusterKeys(folder);
        await MakeAccountAsync(keys.SiloConnectionFile, AccountUse.Silo, "silo");
        await MakeAccountAsync(keys.ApiConnectionFile, AccountUse.FrontDoor, "api");
        return keys;

        async Task MakeAccountAsync(string file, AccountUse use, string name)
        {
            var account = new NpgsqlConnectionStringBuilder(connection);
            account.Username = $"{account.Database}_{name}";
            await ClusterAccounts.GrantAsync(connection, account.ConnectionString, use, new PostgresLedgerOptions { ConnectionString = connection }.Schema, ct);
            await File.WriteAllTextAsync(file, account.ConnectionString, ct);
        }
    }

    /// <summary>The settings with which a process shows its certificate and knows those of the others.</summary>
    /// <param name="name">Its certificate's, such as <c>silo-silo1</c> or <c>api-api1</c>.</param>
    public IEnumerable<KeyValuePair<string, string>> TlsSettings(string name) =>
    [
        new("JamEmr__Cluster__Tls__CertificateFile", Path.Combine(Folder, $"{name}.crt")),
        new("JamEmr__Cluster__Tls__KeyFile", Path.Combine(Folder, $"{name}.key")),
        new("JamEmr__Cluster__Tls__AuthorityFile", Path.Combine(Folder, "authority.crt")),
    ];

    private static IEnumerable<string> Named(string option, string name, int count) =>
        Enumerable.Range(1, count).SelectMany(n => (string[])[option, string.Create(CultureInfo.InvariantCulture, $"{name}{n}")]);
}
