using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Engine.Storage.Migrations;

/// <summary>A numbered SQL file, built into the assembly.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the text with Unix line ends, so that a checkout's line ends do not matter.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>Applies each migration once, in order, and refuses a database whose history is not this program's.</summary>
internal static class Migrator
{
    private const string ResourcePrefix = "JamEmr.Engine.Storage.Migrations.";

    /// <summary>The migrations of this build, lowest number first.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>Call inside a transaction: all that is missing is applied, or nothing.</summary>
    public static void Apply(SqliteDatabase database, IReadOnlyList<Migration> migrations, DateTimeOffset now)
    {
        database.Execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                number     INTEGER PRIMARY KEY,
                name       TEXT NOT NULL,
                checksum   TEXT NOT NULL,
                applied_at TEXT NOT NULL
            ) STRICT
            """);
        var applied = ReadApplied(database);
        Verify(applied, migrations);
        using var note = database.Prepare("INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)");
        foreach (var migration in migrations)
        {
            if (applied.ContainsKey(migration.Number)) continue;
            database.Execute(migration.Sql);
            note.Bind(1, migration.Number).Bind(2, migration.Name).Bind(3, migration.Checksum)
                .Bind(4, now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)).Run();
        }
    }

    /// <summary>Refuses a database whose tables are not exactly this program's. Changes nothing.</summary>
    /// <exception cref="StorageUnavailableException">They are another version's; the message says what to do.</exception>
    public static void RequireCurrent(SqliteDatabase database, IReadOnlyList<Migration> migrations)
    {
        using (var made = database.Prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'"))
        {
            if (!made.Step()) throw new StorageUnavailableException("The database is not that of a JamEMR engine.");
        }

        var applied = ReadApplied(database);
        Verify(applied, migrations);
        if (migrations.FirstOrDefault(migration => !applied.ContainsKey(migration.Number)) is { } missing)
        {
            throw new StorageUnavailableException(
                $"The database was written by an older JamEMR (it lacks migration {missing.Name}); start this version on it once, or use the one that wrote it.");
        }
    }

    private static Dictionary<long, string> ReadApplied(SqliteDatabase database)
    {
        var applied = new Dictionary<long, string>();
        using var read = database.Prepare("SELECT number, checksum FROM schema_migration");
        while (read.Step()) applied[read.Integer(0)] = read.Text(1);
        read.Reset();
        return applied;
    }

    private static void Verify(Dictionary<long, string> applied, IReadOnlyList<Migration> migrations)
    {
        foreach (var (number, checksum) in applied)
        {
            var known = migrations.FirstOrDefault(m => m.Number == number)
                ?? throw new StorageUnavailableException(
                    $"The database was written by a newer JamEMR (it has migration {number}); start that version, or restore a backup from before it.");
            if (!string.Equals(known.Checksum, checksum, StringComparison.Ordinal))
            {
                throw new StorageUnavailableException(
                    $"Migration {known.Name} of the database differs from this program's; start the version that wrote it.");
            }
        }
    }

    private static Migration[] Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. from resource in assembly.GetManifestResourceNames()
               where resource.StartsWith(ResourcePrefix, StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal)
               let name = resource[ResourcePrefix.Length..^".sql".Length]
               let number = int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture)
               orderby number
               select new Migration(number, name, Read(assembly, resource)),
        ];
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
