using System.Net;
using Npgsql;

namespace JamEmr.Engine.Postgres;

/// <summary>How a silo or client talks to its cluster's database: what must not be left to the server's own settings is said here.</summary>
public static class ClusterConnection
{
    // All statements of all providers.
    private const int MostStatements = 64;

    // Of each silo. More would only wait in the database for its disk and its cores instead of here, and several silos share what it accepts.
    private const int MostConnections = 32;

    // Plans that go by an index and its order, made once: they are right for tables of any size, and those that a new table's few rows
    // suggest would be kept by the connection while the table grows. Statements that take microseconds are never worth compiling, however dear
    // a table not yet counted makes them seem.
    private const string Plans = "-c enable_seqscan=off -c enable_bitmapscan=off -c plan_cache_mode=force_generic_plan -c jit=off";

    /// <summary>Why a connection string must not be used, as a sentence that says what to do; null when it may. What is sent to another machine holds
    /// password hashes, tokens' hashes and who asks for what: it goes there encrypted, and to a server whose certificate was verified, or not at all.</summary>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static string? WhyNot(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        return settings.SslMode is SslMode.VerifyFull || (settings.Host ?? "").Split(',', StringSplitOptions.TrimEntries).All(IsOnThisMachine)
            ? null
            : "PostgreSQL on another machine is reached over verified TLS only: the connection string must say SSL Mode=VerifyFull;Root Certificate=… (jamemr cluster-secrets makes the certificates).";
    }

    /// <summary>The operator's connection string with our settings; what it says itself of its pool and of prepared statements stays.</summary>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static string Of(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { PersistSecurityInfo = false };
        // A commit that PostgreSQL has acknowledged must be on disk, whatever the server's own default is.
        settings.Options = $"{settings.Options} -c synchronous_commit=on {Plans}".TrimStart();
        settings.ApplicationName ??= "jamemr";
        // The providers' statements are few and always the same: PostgreSQL plans each once per connection instead of with every call, which
        // costs it several times the work of the statement itself. A pooler that cannot keep them is named by Max Auto Prepare=0.
        if (!settings.ShouldSerialize("Max Auto Prepare")) (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (MostStatements, 2);
        // Nobody leaves anything behind on a connection: no settings, no temporary tables, no locks of a session.
        if (!settings.ShouldSerialize("No Reset On Close")) settings.NoResetOnClose = true;
        if (!settings.ShouldSerialize("Maximum Pool Size")) settings.MaxPoolSize = MostConnections;
        return settings.ConnectionString;
    }

    // A socket's folder, an abstract socket, or a loopback address.
    private static bool IsOnThisMachine(string host)
    {
        if (host is ['/' or '@', ..]) return true;
        if (IPAddress.TryParse(host, out var address)) return IPAddress.IsLoopback(address);
        if (IPEndPoint.TryParse(host, out var endPoint)) return IPAddress.IsLoopback(endPoint.Address);
        return string.Equals(host.Split(':')[0], "localhost", StringComparison.OrdinalIgnoreCase);
    }
}
