using System.Buffers;
using System.Text;
using SQLitePCL;

namespace JamEmr.Engine.Storage.Sqlite;

/// <summary>A compiled statement. Bind, step, read, and reset before the next use.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    private const int OnStack = 512;

    /// <summary>Binds an integer to parameter <paramref name="index"/> (from 1).</summary>
    public SqliteStatement Bind(int index, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    /// <summary>Binds text.</summary>
    public SqliteStatement Bind(int index, string value)
    {
        // A span over no bytes has no address, which SQLite takes for NULL.
        if (value.Length == 0)
        {
            database.Check(raw.sqlite3_bind_text(handle, index, value));
            return this;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most <= OnStack)
        {
            Span<byte> bytes = stackalloc byte[OnStack];
            database.Check(raw.sqlite3_bind_text(handle, index, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
            return this;
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        database.Check(raw.sqlite3_bind_text(handle, index, rented.AsSpan(0, Encoding.UTF8.GetBytes(value, rented))));
        ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Binds bytes; SQLite copies them.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        database.Check(raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    /// <summary>Moves to the next row; false when there is none.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        Reset();
        database.Check(code);
        return false;
    }

    /// <summary>Runs a statement that returns no rows, and resets it.</summary>
    public void Run()
    {
        while (Step())
        {
            // A statement with RETURNING must be stepped to its end.
        }

        Reset();
    }

    /// <summary>Makes the statement ready for its next use. The last step's error, if any, was thrown by that step.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle);

    /// <summary>An integer of the current row (columns from 0).</summary>
    public long Integer(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>Text of the current row.</summary>
    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    /// <summary>Bytes of the current row, valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
