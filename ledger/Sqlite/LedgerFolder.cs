using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The folder of a ledger: <c>ledger.db</c> and, beside it, <c>ledger.id</c>, which says that there was a ledger here and which. With it
/// a database that is gone, emptied or another one is an error at opening, never a fresh start. Both are for the owner only (mode 0600).
/// </summary>
internal sealed class LedgerFolder(string path, SqliteLedgerOptions options)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock _gate = new();
    private string? _opened;

    public string DatabasePath { get; } = Path.Combine(path, "ledger.db");

    private string IdPath { get; } = Path.Combine(path, "ledger.id");

    /// <summary>Opens a connection, making the ledger where there was none and <paramref name="create"/> allows it.</summary>
    public LedgerConnection Open(bool create)
    {
        var born = ReadId();
        if (!File.Exists(DatabasePath))
        {
            if (born is not null) throw new LedgerUnavailableException("The ledger's database file is gone; restore it.");
            if (!create) throw new LedgerUnavailableException("There is no ledger here.");
            CreateEmpty();
        }

        var connection = LedgerConnection.Open(DatabasePath, options);
        try
        {
            if (born is null && create) CreateSchema(connection.Database);
            CheckIdentity(connection.Database, born, write: create);
            connection.RememberFiles();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private string? ReadId()
    {
        lock (_gate)
        {
            if (_opened is not null) return _opened;
        }

        return File.Exists(IdPath) ? File.ReadAllText(IdPath).Trim() : null;
    }

    private void CreateEmpty()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        try
        {
            Write(DatabasePath, []);
        }
        catch (IOException) when (File.Exists(DatabasePath))
        {
            // Another process was faster; both go on with its file.
        }
    }

    private static void CreateSchema(Database database)
    {
        database.Execute("PRAGMA journal_mode=WAL");
        database.Execute("BEGIN IMMEDIATE");
        database.Execute(Schema.Sql);
        database.Prepare("INSERT OR IGNORE INTO meta VALUES('version', ?1)").Bind(1, Schema.Version).Run();
        database.Prepare("INSERT OR IGNORE INTO meta VALUES('id', ?1)").Bind(1, RandomNumberGenerator.GetHexString(32, lowercase: true)).Run();
        database.Execute("COMMIT");
    }

    private void CheckIdentity(Database database, string? born, bool write)
    {
        if (database.Number("SELECT 1 FROM sqlite_schema WHERE name = 'meta'") is null)
            throw new LedgerUnavailableException("The ledger's database file is not a ledger; restore it.");
        var version = database.Number("SELECT value FROM meta WHERE key = 'version'");
        if (version != Schema.Version) throw new LedgerUnavailableException($"The ledger has version {version}; this program reads {Schema.Version}.");

        var row = database.Prepare("SELECT value FROM meta WHERE key = 'id'");
        var id = row.Step() ? row.Text(0) : "";
        row.Reset();
        if (born is null && write) WriteId(id);
        else if (born is not null && !string.Equals(id, born, StringComparison.Ordinal))
            throw new LedgerUnavailableException("The ledger's database file is that of another ledger; restore the right one.");

        lock (_gate) _opened ??= id;
    }

    private void WriteId(string id)
    {
        var draft = $"{IdPath}.{Environment.ProcessId}.{RandomNumberGenerator.GetHexString(8)}";
        Write(draft, Encoding.ASCII.GetBytes(id + "\n"));
        File.Move(draft, IdPath, overwrite: true);
    }

    private static void Write(string file, byte[] content)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnerOnly;
        using var stream = new FileStream(file, how);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }
}
