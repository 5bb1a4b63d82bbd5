using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>Runs questions, each on one snapshot.</summary>
internal sealed class LedgerReader(LedgerSources sources)
{
    /// <summary>Answers a question about a log, or <paramref name="none"/> where there is no such log.</summary>
    public Task<T> ReadAsync<T>(string log, Func<NpgsqlConnection, LogRow, Task<T>> read, T none, CancellationToken ct) => RunAsync(
        log, async connection => await LogRow.FindAsync(connection, log, ct) is { } row ? await read(connection, row) : none, ct);

    public async Task<T> RunAsync<T>(string log, Func<NpgsqlConnection, Task<T>> read, CancellationToken ct)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                await using var connection = await sources.Read.OpenConnectionAsync(ct);
                await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
                var answer = await read(connection);
                await transaction.CommitAsync(ct);
                return answer;
            }
            catch (Exception e) when (!again && Faults.IsConnection(e))
            {
                // A connection of the pool may have died with its server.
                sources.Read.Clear();
            }
            catch (Exception e) when (Faults.IsStorage(e) && !ct.IsCancellationRequested)
            {
                throw Faults.Translate(e, log);
            }
        }
    }
}
