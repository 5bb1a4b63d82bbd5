using System.Security.Cryptography;
using JamEmr.Engine.Storage.Crypto;
using Npgsql;

namespace JamEmr.Engine.Clustering.Storage;

/// <summary>
/// The practices' data keys, kept in the database wrapped under the master key. A silo that has another master key than the one
/// the database was made with, or another name for the installation, does not start.
/// </summary>
internal sealed class DataKeys(string connection, MasterKey master, string service) : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private const int IdSize = 16;
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connection);
    private readonly KeyWrap _wrap = new(master);
    private PracticeKeys? _keys;

    private PracticeKeys Keys => _keys ?? throw new InvalidOperationException("The store is not open yet.");

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DataKeys), ServiceLifecycleStage.RuntimeInitialize, OpenAsync);

    /// <summary>The open key of the practice that a grain key or stream key belongs to; made on first use.</summary>
    public ValueTask<XAes256Gcm> GetAsync(string key) => Keys.TryGet(key, out var cipher) ? new(cipher) : new(LoadAsync(PracticeKeys.PracticeOf(key)));

    /// <summary>Makes sure that the database is this silo's, and marks a new one as such.</summary>
    /// <exception cref="MasterKeyMismatchException">It was sealed with another key.</exception>
    /// <exception cref="OrleansConfigurationException">It is another installation's.</exception>
    public async Task OpenAsync(CancellationToken ct)
    {
        var id = RandomNumberGenerator.GetBytes(IdSize);
        // Silos that start together: the first one's row counts, and all read it.
        await using (var insert = _database.CreateCommand("INSERT INTO jamemr_store (id, key_check, service_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"))
        {
            insert.Parameters.Add(new() { Value = id });
            insert.Parameters.Add(new() { Value = _wrap.Wrap(id, PracticeKeys.CheckContext(id)) });
            insert.Parameters.Add(new() { Value = service });
            await insert.ExecuteNonQueryAsync(ct);
        }

        // A release that did not know of it made the row.
        await using (var update = _database.CreateCommand("UPDATE jamemr_store SET service_id = $1 WHERE service_id IS NULL"))
        {
            update.Parameters.Add(new() { Value = service });
            await update.ExecuteNonQueryAsync(ct);
        }

        await using var select = _database.CreateCommand("SELECT id, key_check, service_id FROM jamemr_store");
        await using var row = await select.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        id = row.GetFieldValue<byte[]>(0);
        if (_wrap.Unwrap(row.GetFieldValue<byte[]>(1), PracticeKeys.CheckContext(id)) is null)
            throw new MasterKeyMismatchException("The database was sealed with another master key; give this silo the one that the other silos have.");
        if (row.GetString(2) is var stored && !string.Equals(stored, service, StringComparison.Ordinal))
            throw new OrleansConfigurationException($"The database is that of the installation {stored}: set JamEmr:Cluster:ServiceId to it, or name the right database. Under another name this silo would find nothing that is stored.");
        _keys = new PracticeKeys(_wrap, id);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _keys?.Dispose();
        await _database.DisposeAsync();
    }

    private async Task<XAes256Gcm> LoadAsync(string practice)
    {
        if (await ReadAsync(practice) is not { } wrapped)
        {
            await using (var insert = _database.CreateCommand("INSERT INTO jamemr_practice_key (practice, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING"))
            {
                insert.Parameters.Add(new() { Value = practice });
                insert.Parameters.Add(new() { Value = Keys.MakeWrapped(practice) });
                await insert.ExecuteNonQueryAsync();
            }

            // Read back: another silo may have been first, and only what is stored counts.
            wrapped = await ReadAsync(practice) ?? throw new InvalidOperationException("A data key that was just stored is not there.");
        }

        return Keys.Open(practice, wrapped);
    }

    private async Task<byte[]?> ReadAsync(string practice)
    {
        await using var select = _database.CreateCommand("SELECT wrapped FROM jamemr_practice_key WHERE practice = $1");
        select.Parameters.Add(new() { Value = practice });
        return (byte[]?)await select.ExecuteScalarAsync();
    }
}
