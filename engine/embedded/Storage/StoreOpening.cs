using System.Security.Cryptography;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Files;
using JamEmr.Engine.Storage.Migrations;
using JamEmr.Engine.Storage.Sqlite;
using JamEmr.Engine.Storage.Writing;

namespace JamEmr.Engine.Storage;

/// <summary>A database whose tables are up to date and whose master key is proven.</summary>
internal sealed record OpenedStore(string Path, SqliteDatabase Database, FileIdentity[] Files, MasterKey MasterKey, KeyWrap Wrap, byte[] Id);

/// <summary>Opens the database of a data folder whose lock is held.</summary>
internal static class StoreOpening
{
    /// <summary>The database's file name within the data folder.</summary>
    public const string FileName = "engine.db";

    private const int IdSize = 16;

    private static ReadOnlySpan<byte> Proof => "JamEMR engine store"u8;

    /// <summary>Opens or makes it.</summary>
    public static OpenedStore Open(EngineStoreOptions options, DateTimeOffset now)
    {
        var path = Path.GetFullPath(Path.Combine(options.DataFolder, FileName));
        var exists = File.Exists(path);
        var master = MasterKeySource.Find(options, exists);
        var wrap = new KeyWrap(master);
        var database = WriterSession.OpenDatabase(path, create: !exists);
        try
        {
            database.Execute("BEGIN IMMEDIATE");
            Migrator.Apply(database, Migrator.All, now);
            var id = ProveKey(database, wrap, options.DataFolder);
            database.Execute("COMMIT");
            if (!exists) MakeNamesDurable(path);
            return new OpenedStore(path, database, [new FileIdentity(path), new FileIdentity(path + "-wal")], master, wrap, id);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The store's id, once the master key has opened what it sealed when the store was made; null where there is no store yet.</summary>
    /// <exception cref="MasterKeyException">It is another key.</exception>
    public static byte[]? ReadProvenId(SqliteDatabase database, KeyWrap wrap, string where)
    {
        using var read = database.Prepare("SELECT id, key_proof FROM store");
        if (!read.Step()) return null;
        var id = read.Bytes(0).ToArray();
        var proven = wrap.Unwrap(read.Bytes(1), id).AsSpan().SequenceEqual(Proof);
        read.Reset();
        return proven ? id : throw new MasterKeyException(
            $"The master key is not the one that {where} was made with; configure that key, or restore its file from a backup.");
    }

    private static byte[] ProveKey(SqliteDatabase database, KeyWrap wrap, string folder)
    {
        if (ReadProvenId(database, wrap, $"the data folder {folder}") is { } id) return id;
        var made = RandomNumberGenerator.GetBytes(IdSize);
        using var insert = database.Prepare("INSERT INTO store (only, id, key_proof) VALUES (1, ?1, ?2)");
        insert.Bind(1, made).Bind(2, wrap.Wrap(Proof, made)).Run();
        return made;
    }

    private static void MakeNamesDurable(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Posix.SyncDirectory(folder);
        if (Path.GetDirectoryName(folder) is { } parent) Posix.SyncDirectory(parent);
    }
}
