using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using JamEmr.Cli.Cluster;
using JamEmr.Engine.Postgres;
using Npgsql;

namespace JamEmr.Cli.Commands;

/// <summary><c>jamemr cluster-secrets</c>: makes the keys, certificates and password that a cluster is started with. Prints no secret.</summary>
internal static partial class ClusterSecretsCommand
{
    private const int MostNames = 100;
    private const int MostDays = 825;

    // The longest that CA/Browser Forum lets a server's certificate be good for.
    private const int DefaultDays = 397;

    public static ExampleCommand Create(TimeProvider time)
    {
        var folder = new Option<string>("--out") { Description = "The folder for the files; made for its owner only.", HelpName = "folder", Required = true };
        var silos = Names("--silo", "Issue a certificate for a silo of this name, in place of the one it may have.");
        var apis = Names("--api", "Issue a certificate for a front door of this name, in place of the one it may have.");
        var postgres = new Option<string[]>("--postgres")
        {
            Description = "A name or address under which PostgreSQL is reached: issue its certificate for all that are given, in place of the one it may have.",
            HelpName = "host",
        };
        postgres.Validators.Add(static result =>
        {
            if ((result.GetValueOrDefault<string[]>() ?? []).Any(host => !IsHost(host))) result.AddError("--postgres is a host name in lower case, such as postgres, or an IP address.");
        });
        var days = new Option<int>("--days")
        {
            Description = "How long certificates are good. Processes take over renewed files by themselves.",
            HelpName = "days",
            DefaultValueFactory = static _ => DefaultDays,
        };
        days.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostDays) result.AddError(string.Create(CultureInfo.InvariantCulture, $"--days must be 1 to {MostDays}."));
        });
        var database = new Option<string>("--database")
        {
            Description = "How the database is reached by its owner, without a password: one is made and added, and an account each for silos and front doors.",
            HelpName = "connection",
            DefaultValueFactory = static _ => "Host=postgres;Database=jamemr;Username=jamemr;SSL Mode=VerifyFull;Root Certificate=/run/secrets/authority.crt",
        };
        database.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && (text.Contains('\n') || text.Contains("password", StringComparison.OrdinalIgnoreCase)))
                result.AddError("--database is one line without a password.");
            else if (result.GetValueOrDefault<string>() is { } connection && WhyNot(connection) is { } reason)
                result.AddError($"--database: {reason}");
        });
        var newAuthority = new Option<bool>("--new-authority")
        {
            Description = "Replace the authority. Give every process the new authority.crt, which trusts both, before any gets a new certificate; when all have one, --forget-old-authority.",
        };
        var forget = new Option<bool>("--forget-old-authority") { Description = "Trust the present authority only. What the one before issued opens nothing any more." };
        var command = new ExampleCommand(
            "cluster-secrets",
            "Make the secrets of a cluster: authority, certificates of silos, front doors and database, master key, checkpoint keys, database accounts. What is there stays, but for certificates that are asked for again.",
            "jamemr cluster-secrets --out ./secrets --silo one --silo two --silo gpu --api one --api two --postgres postgres",
            "jamemr cluster-secrets --out ./secrets --silo three");
        foreach (var option in new Option[] { folder, silos, apis, postgres, days, database, newAuthority, forget }) command.Add(option);
        command.SetAction(parsed => Run(parsed, time, new ClusterSecretsPlan(
            Path.GetFullPath(parsed.GetRequiredValue(folder)),
            [.. (parsed.GetValue(silos) ?? []).Distinct(StringComparer.Ordinal)],
            [.. (parsed.GetValue(apis) ?? []).Distinct(StringComparer.Ordinal)],
            [.. (parsed.GetValue(postgres) ?? []).Distinct(StringComparer.Ordinal)],
            TimeSpan.FromDays(parsed.GetValue(days)),
            parsed.GetRequiredValue(database),
            parsed.GetValue(newAuthority),
            parsed.GetValue(forget))));
        return command;
    }

    private static int Run(ParseResult parsed, TimeProvider time, ClusterSecretsPlan plan)
    {
        var console = parsed.InvocationConfiguration;
        try
        {
            if (plan.NewAuthority && plan.ForgetOldAuthority)
                throw new IOException("Nothing was done: the old authority can be forgotten only when every process has a certificate of the new one.");
            foreach (var line in ClusterSecrets.Make(plan, time.GetUtcNow())) console.Output.WriteLine(line);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            console.Error.WriteLine($"The authority in {plan.Folder} cannot be used: authority.crt and authority.key must be a certificate and its key. Restore them, or remove both to begin with a new one.");
            return ExitCodes.Failed;
        }
    }

    private static Option<string[]> Names(string name, string description)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "name" };
        option.Validators.Add(result =>
        {
            var names = result.GetValueOrDefault<string[]>() ?? [];
            if (names.Length > MostNames) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} can be given {MostNames} times at most."));
            if (names.Any(n => !Label().IsMatch(n))) result.AddError($"{name} is 1 to 40 lower-case letters, digits and hyphens, such as one.");
        });
        return option;
    }

    // A name of the cluster's own domain would say that the database is a silo.
    private static bool IsHost(string host) =>
        IPAddress.TryParse(host, out _) || (Host().IsMatch(host) && !host.EndsWith(".jamemr.internal", StringComparison.Ordinal));

    private static string? WhyNot(string connection)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connection) is { Host.Length: > 0, Username.Length: > 0 }
                ? ClusterConnection.WhyNot(connection)
                : "it names Host and Username.";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return "it looks like Host=…;Database=…;Username=….";
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?$", RegexOptions.None, 100)]
    private static partial Regex Host();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", RegexOptions.None, 100)]
    private static partial Regex Label();
}
