namespace JamEmr.Engine.Postgres;

/// <summary>A migration that a database has.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name, as it was when it was applied.</param>
/// <param name="Checksum">SHA-256 of the script that was applied, in lower-case hexadecimal.</param>
/// <param name="ServesFrom">The last migration that a program must know to work on a database that has this one.</param>
/// <param name="AppliedAt">When, by the database's clock.</param>
public sealed record AppliedMigration(int Number, string Name, string Checksum, int ServesFrom, DateTimeOffset AppliedAt);

/// <summary>Where a database stands.</summary>
/// <param name="Applied">What it has, lowest number first.</param>
/// <param name="Missing">What this program has and the database has not, lowest number first.</param>
public sealed record SchemaStatus(IReadOnlyList<AppliedMigration> Applied, IReadOnlyList<Migration> Missing);

/// <summary>The database's tables are not those of this program. The message is one sentence for the operator.</summary>
public sealed class SchemaMismatchException(string message) : Exception(message);
