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

/// <summary>Makes the ledger's tables: numbered scripts, each applied once and remembered with its hash.</summary>
internal static class Migrations
{
    private const string Folder = ".Postgres.Schema.";

    /// <summary>Applies what is not applied yet; one process at a time.</summary>
    /// <exception cref="LedgerUnavailableException">The tables were made by another version of the scripts.</exception>
    public static async Task ApplyAsync(LedgerSources sources, CancellationToken ct)
    {
        await using var connection = await sources.Slow.OpenConnectionAsync(ct);
        if (await IsCompleteAsync(connection, ct)) return;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var schema = sources.Options.Schema;
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext($1))", ct, P($"jamemr ledger {schema}"));
        await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {schema}", ct);
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS ledger_migration"
            + " (number integer PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, applied timestamptz NOT NULL DEFAULT now())", ct);
        var applied = await AppliedAsync(connection, ct);
        foreach (var script in Scripts().Where(script => !IsApplied(script, applied)))
        {
            await connection.ExecuteAsync(script.Text, ct);
            await connection.ExecuteAsync(
                "INSERT INTO ledger_migration(number, name, sha256) VALUES($1, $2, $3)", ct,
                P(script.Number), P(script.Name), P(script.Hash));
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Whether the tables are those of this version.</summary>
    /// <exception cref="LedgerUnavailableException">They were made by another version of the scripts.</exception>
    public static async Task<bool> IsCompleteAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await StatusAsync(connection, ct)).All(migration => migration.AppliedAt is not null);

    /// <summary>The scripts of this version, and when each was applied.</summary>
    /// <exception cref="LedgerUnavailableException">The tables were made by another version of them.</exception>
    public static async Task<IReadOnlyList<LedgerMigration>> StatusAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var there = await connection.Command("SELECT to_regclass('ledger_migration') IS NOT NULL").RowsAsync(row => row.GetBoolean(0), ct);
        var applied = there[0] ? await AppliedAsync(connection, ct) : [];
        return [.. Scripts().Select(script => new LedgerMigration(script.Name, IsApplied(script, applied) ? applied[script.Number].At : null, script.Text))];
    }

    private static bool IsApplied(Script script, Dictionary<int, Applied> applied)
    {
        if (!applied.TryGetValue(script.Number, out var found)) return false;
        return script.Hash.AsSpan().SequenceEqual(found.Hash)
            ? true
            : throw new LedgerUnavailableException($"The ledger's tables were made by another script {script.Name}: use the version that made them.");
    }

    private static async Task<Dictionary<int, Applied>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = (await connection.Command("SELECT number, name, sha256, applied FROM ledger_migration")
            .RowsAsync(row => (Number: row.GetInt32(0), Applied: new Applied(row.GetString(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<DateTimeOffset>(3))), ct))
            .ToDictionary(row => row.Number, row => row.Applied);
        var known = Scripts().Max(script => script.Number);
        if (applied.FirstOrDefault(row => row.Key > known).Value is { } newer)
            throw new LedgerUnavailableException($"The ledger's tables are newer than this program (they have {newer.Name}): use that version or a later one.");
        return applied;
    }

    private static IEnumerable<Script> Scripts()
    {
        var assembly = typeof(Migrations).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.Contains(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            var name = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
            yield return new Script(int.Parse(name[..4], System.Globalization.CultureInfo.InvariantCulture), name, text, SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }
    }

    private sealed record Applied(string Name, byte[] Hash, DateTimeOffset At);

    private sealed record Script(int Number, string Name, string Text, byte[] Hash);
}
