using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace JamEmr.Engine.Postgres;

/// <summary>What an account of the database is for.</summary>
public enum AccountUse
{
    /// <summary>Hosting grains: reads and writes rows, and can make, change or remove no table.</summary>
    Silo,

    /// <summary>Calling grains: reads which silos there are, and nothing of any practice.</summary>
    FrontDoor,
}

/// <summary>
/// The accounts with which a cluster's processes reach its database. Each has the rights that its processes use: who takes over a front door
/// reads no state and no record, and who takes over a silo cannot change tables or what others run.
/// </summary>
public static class ClusterAccounts
{
    private const int MaxName = 63;
    private const int ScramRounds = 4096;
    private const int ScramSize = 32;
    private const int SaltSize = 16;

    // Any number that nobody else in the database uses: "account" as bytes.
    private const long LockKey = 0x61_6363_6F75_6E74;

    // What they must not be able to do, however they came by it.
    private const string SelectTooMuch = """
        SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
            OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
        FROM pg_roles r WHERE rolname = $1
        """;

    /// <summary>Makes the account that a connection string names, with its password, and gives it its rights; one that is there gets the password
    /// and the rights again. The tables must be there; those that later migrations make come with the same rights.</summary>
    /// <param name="owner">How to reach the database, as the account that owns its tables and may make others. One that may not make accounts
    /// gives rights to those that are there.</param>
    /// <param name="connection">How the processes will reach it.</param>
    /// <param name="use">What the account is for.</param>
    /// <param name="ledgerSchema">The schema of the audit ledger.</param>
    /// <param name="ct">Ends it; nothing was changed then.</param>
    /// <returns>The account's name.</returns>
    /// <exception cref="SchemaMismatchException">The account is the owner, or has other rights; the message says what to do.</exception>
    /// <exception cref="ArgumentException">A connection string or name cannot be read.</exception>
    /// <exception cref="NpgsqlException">The database cannot be used, or refused.</exception>
    public static async Task<string> GrantAsync(string owner, string connection, AccountUse use, string ledgerSchema, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        var (name, ledger) = (Quoted(settings.Username), Quoted(ledgerSchema));
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await database.OpenAsync(ct);
        await using var transaction = await database.BeginTransactionAsync(ct);
        await RunAsync($"SELECT pg_advisory_xact_lock({LockKey})");
        await MakeAsync();
        var schema = Quoted((string?)await AskAsync("SELECT current_schema()::text"));
        foreach (var right in use is AccountUse.Silo ? OfSilo(name, schema, ledger) : OfFrontDoor(name, schema, ledger)) await RunAsync(right);
        await transaction.CommitAsync(ct);
        return settings.Username!;

        async Task MakeAsync()
        {
            if (await AskAsync("SELECT current_user = $1", settings.Username) is true)
                throw new SchemaMismatchException($"The account {settings.Username} owns the database's tables; silos and front doors need accounts of their own.");
            var tooMuch = await AskAsync(SelectTooMuch, settings.Username);
            if (tooMuch is true)
                throw new SchemaMismatchException($"The account {settings.Username} has other rights than those of a silo or front door; name one that is for nothing else.");
            if (await AskAsync("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is not true && tooMuch is not null) return;
            if (tooMuch is null) await RunAsync($"CREATE ROLE {name}");
            await RunAsync($"ALTER ROLE {name} LOGIN");
            if (!string.IsNullOrEmpty(settings.Password)) await RunAsync($"ALTER ROLE {name} PASSWORD '{Scram(settings.Password)}'");
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, database);
            await command.ExecuteNonQueryAsync(ct);
        }

        async Task<object?> AskAsync(string sql, string? argument = null)
        {
            await using var command = new NpgsqlCommand(sql, database);
            if (argument is not null) command.Parameters.Add(new() { Value = argument });
            return await command.ExecuteScalarAsync(ct);
        }
    }

    private static IEnumerable<string> OfFrontDoor(string name, string schema, string ledger) =>
    [
        .. Nothing(name, schema, ledger),
        $"GRANT USAGE ON SCHEMA {schema} TO {name}",
        $"GRANT SELECT ON {schema}.OrleansQuery, {schema}.jamemr_cluster, {schema}.jamemr_silo TO {name}",
    ];

    private static IEnumerable<string> OfSilo(string name, string schema, string ledger) =>
    [
        .. Nothing(name, schema, ledger),
        .. ((string[])[schema, ledger]).SelectMany(each => (string[])
        [
            $"GRANT USAGE ON SCHEMA {each} TO {name}",
            $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {each} TO {name}",
            $"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {each} TO {name}",
            $"ALTER DEFAULT PRIVILEGES IN SCHEMA {each} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}",
            $"ALTER DEFAULT PRIVILEGES IN SCHEMA {each} GRANT USAGE ON SEQUENCES TO {name}",
        ]),
        // What the others run, and what says which tables these are.
        $"REVOKE INSERT, UPDATE, DELETE ON {schema}.OrleansQuery, {schema}.jamemr_migration, {schema}.jamemr_transfer, {ledger}.ledger_migration FROM {name}",
    ];

    // Everybody may make tables in the schema of a database that an older server made.
    private static IEnumerable<string> Nothing(string name, string schema, string ledger) =>
    [
        $"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        .. ((string[])[schema, ledger]).Select(each => $"REVOKE ALL ON ALL TABLES IN SCHEMA {each} FROM {name}"),
    ];

    // What the server keeps of a password (RFC 5803), so that the password itself is in no statement that it may log.
    private static string Scram(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password.Normalize(NormalizationForm.FormKC), salt, ScramRounds, HashAlgorithmName.SHA256, ScramSize);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        return string.Create(
            CultureInfo.InvariantCulture, $"SCRAM-SHA-256${ScramRounds}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}");
    }

    // Names that we make have no other characters; any other would need quoting wherever a person types it.
    private static string Quoted(string? name) =>
        name is { Length: > 0 and <= MaxName } && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? $"\"{name}\""
            : throw new SchemaMismatchException("An account and a schema have 1 to 63 lower-case letters, digits and underscores.");
}
