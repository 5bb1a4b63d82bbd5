using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>A script that makes the ledger's tables.</summary>
/// <param name="Name">Its file.</param>
/// <param name="AppliedAt">When it was applied, by the database's clock; null when it was not.</param>
/// <param name="Sql">What it says.</param>
public sealed record LedgerMigration(string Name, DateTimeOffset? AppliedAt, string Sql);

/// <summary>
/// Makes the ledger's tables: numbered scripts, each applied once and remembered with its hash. A script whose first line says
/// <c>-- Serves programs from script N</c> only adds what older programs never see: one that knows script N works on its tables too, so that
/// two versions can run side by side. Any other serves those that know it.
/// </summary>
internal static class Migrations
{
    private const string Folder = ".Postgres.Schema.";
    private const string Serves = "-- Serves programs from script ";

    /// <summary>Applies what is not applied yet; one process at a time.</summary>
    /// <exception cref="LedgerUnavailableException">The tables were made by another version of the scripts.</exception>
    public static Task ApplyAsync(LedgerSources sources, CancellationToken ct) => ApplyAsync(sources, Scripts(), ct);

    /// <summary><see cref="ApplyAsync(LedgerSources, CancellationToken)"/> with the scripts of another version.</summary>
    internal static async Task ApplyAsync(LedgerSources sources, IReadOnlyList<Script> scripts, CancellationToken ct)
    {
        await using var connection = await sources.Slow.OpenConnectionAsync(ct);
        if ((await StatusAsync(connection, scripts, ct)).All(migration => migration.AppliedAt is not null)) return;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var schema = sources.Options.Schema;
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext($1))", ct, P($"jamemr ledger {schema}"));
        await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {schema}", ct);
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS ledger_migration"
            + " (number integer PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, applied timestamptz NOT NULL DEFAULT now())", ct);
        await connection.ExecuteAsync("ALTER TABLE ledger_migration ADD COLUMN IF NOT EXISTS serves_from integer", ct);
        var applied = await AppliedAsync(connection, scripts, ct);
        foreach (var script in scripts.Where(script => !IsApplied(script, applied)))
        {
            await connection.ExecuteAsync(script.Text, ct);
            await connection.ExecuteAsync(
                "INSERT INTO ledger_migration(number, name, sha256, serves_from) VALUES($1, $2, $3, $4)", ct,
                P(script.Number), P(script.Name), P(script.Hash), P(script.ServesFrom));
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Whether the tables are those of this version.</summary>
    /// <exception cref="LedgerUnavailableException">They were made by another version of the scripts.</exception>
    public static async Task<bool> IsCompleteAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await StatusAsync(connection, ct)).All(migration => migration.AppliedAt is not null);

    /// <summary>The scripts of this version, and when each was applied.</summary>
    /// <exception cref="LedgerUnavailableException">The tables were made by another version of them.</exception>
    public static Task<IReadOnlyList<LedgerMigration>> StatusAsync(NpgsqlConnection connection, CancellationToken ct) => StatusAsync(connection, Scripts(), ct);

    /// <summary><see cref="StatusAsync(NpgsqlConnection, CancellationToken)"/> for the scripts of another version.</summary>
    internal static async Task<IReadOnlyList<LedgerMigration>> StatusAsync(NpgsqlConnection connection, IReadOnlyList<Script> scripts, CancellationToken ct)
    {
        var there = await connection.Command("SELECT to_regclass('ledger_migration') IS NOT NULL").RowsAsync(row => row.GetBoolean(0), ct);
        var applied = there[0] ? await AppliedAsync(connection, scripts, ct) : [];
        return [.. scripts.Select(script => new LedgerMigration(script.Name, IsApplied(script, applied) ? applied[script.Number].At : null, script.Text))];
    }

    private static bool IsApplied(Script script, Dictionary<int, Applied> applied)
    {
        if (!applied.TryGetValue(script.Number, out var found)) return false;
        return script.Hash.AsSpan().SequenceEqual(found.Hash)
            ? true
            : throw new LedgerUnavailableException($"The ledger's tables were made by another script {script.Name}: use the version that made them.");
    }

    private static async Task<Dictionary<int, Applied>> AppliedAsync(NpgsqlConnection connection, IReadOnlyList<Script> scripts, CancellationToken ct)
    {
        // The column came later than the table; what is older than the column serves those that know it.
        var applied = (await connection.Command(
                "SELECT number, name, sha256, applied, coalesce((to_jsonb(m)->>'serves_from')::integer, number) FROM ledger_migration m")
            .RowsAsync(
                row => (Number: row.GetInt32(0), Applied: new Applied(row.GetString(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetInt32(4))), ct))
            .ToDictionary(row => row.Number, row => row.Applied);
        var known = scripts.Max(script => script.Number);
        if (applied.FirstOrDefault(row => row.Value.ServesFrom > known).Value is { } newer)
            throw new LedgerUnavailableException($"The ledger's tables are newer than this program (they have {newer.Name}): use that version or a later one.");
        return applied;
    }

    /// <summary>The scripts of this version, lowest number first.</summary>
    internal static IReadOnlyList<Script> Scripts()
    {
        var assembly = typeof(Migrations).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(resource => resource.Contains(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(resource => Read(assembly.GetManifestResourceStream(resource)!, resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..])),
        ];
    }

    private static Script Read(Stream stream, string name)
    {
        using var reader = new StreamReader(stream);
        return new Script(int.Parse(name[..4], CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }

    private sealed record Applied(string Name, byte[] Hash, DateTimeOffset At, int ServesFrom);

    /// <summary>A numbered script.</summary>
    internal sealed record Script(int Number, string Name, string Text)
    {
        /// <summary>SHA-256 of the text.</summary>
        public byte[] Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Text));

        /// <summary>The last script that a program must know to work on tables that have this one.</summary>
        public int ServesFrom => Text.StartsWith(Serves, StringComparison.Ordinal)
            ? int.Parse(Text.AsSpan(Serves.Length, Text.IndexOf('\n', StringComparison.Ordinal) - Serves.Length).TrimEnd(".\r"), NumberStyles.None, CultureInfo.InvariantCulture)
            : Number;
    }
}
