using Npgsql;

namespace JamEmr.Engine.Clustering;

/// <summary>What a silo's host may ask of its engine beside calls of grains.</summary>
public sealed class ClusterControl : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly OutsideCalls _calls;

    internal ClusterControl(string connection, OutsideCalls calls) => (_database, _calls) = (NpgsqlDataSource.Create(connection), calls);

    /// <summary>Completes when the cluster's database has taken a write to its disk.</summary>
    /// <exception cref="NpgsqlException">It takes none.</exception>
    public async Task ProbeAsync()
    {
        // A transaction of its own whose commit is flushed, in no table: there is nothing to clean up and nothing to contend for.
        await using var command = _database.CreateCommand("SELECT pg_logical_emit_message(true, 'jamemr', '')");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Answers every call that this process made from outside grains, and that waits now, with an error, as a timeout would: what runs
    /// goes on, its outcome is unknown to the caller. Callers of other processes wait for their own limit.</summary>
    /// <param name="error">Makes the error; asked once for every call.</param>
    public void RefuseCalls(Func<Exception> error)
    {
        ArgumentNullException.ThrowIfNull(error);
        _calls.Refuse(error);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
