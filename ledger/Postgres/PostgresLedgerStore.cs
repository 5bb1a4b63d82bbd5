using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;
using static JamEmr.Ledger.Postgres.Statements;

namespace JamEmr.Ledger.Postgres;

/// <summary>
/// Ledgers in a schema of a PostgreSQL database, for any number of processes. The row of a log is locked by whoever appends to it, so all of them
/// write one sequence; a server that acknowledges commits before they are on disk is refused. Questions run on connections that can write
/// nothing, each on one snapshot. Each log appended to is remembered, and a database that was put back to an older copy or rewritten under the
/// running store is refused until the right one is restored.
/// </summary>
public sealed partial class PostgresLedgerStore : ILedgerStore
{
    private readonly LedgerSources _sources;
    private readonly LedgerReader _reader;
    private readonly LedgerWriter? _writer;
    private bool _closed;

    private PostgresLedgerStore(LedgerSources sources, LedgerWriter? writer) => (_sources, _reader, _writer) = (sources, new LedgerReader(sources), writer);

    /// <summary>Makes the ledger's tables, or what is missing of them; any number of times, and in several places at once.</summary>
    /// <exception cref="LedgerUnavailableException">They were made by another version of the scripts, or the server would lose what it acknowledged.</exception>
    public static async Task MigrateAsync(PostgresLedgerOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var opened = await OpenAsync(options with { MakeTables = true, ReadOnly = false }, ct);
    }

    /// <summary>The scripts that make the tables, lowest number first, and when each was applied; changes nothing.</summary>
    /// <exception cref="LedgerUnavailableException">The database cannot be used, or its tables were made by another version of the scripts.</exception>
    public static async Task<IReadOnlyList<LedgerMigration>> MigrationsAsync(PostgresLedgerOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        await using var sources = new LedgerSources(options);
        try
        {
            await using var connection = await sources.Read.OpenConnectionAsync(ct);
            return await Migrations.StatusAsync(connection, ct);
        }
        catch (Exception e) when (Faults.IsStorage(e) && !ct.IsCancellationRequested)
        {
            throw Faults.Translate(e, "*");
        }
    }

    /// <summary>Opens the ledger of a database, making its tables where there were none if <see cref="PostgresLedgerOptions.MakeTables"/>
    /// says so and it is not opened for reading only.</summary>
    /// <exception cref="LedgerUnavailableException">It cannot be opened, or the server would lose what it acknowledged.</exception>
    public static async Task<PostgresLedgerStore> OpenAsync(PostgresLedgerOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var sources = new LedgerSources(options);
        try
        {
            if (options is { ReadOnly: false, MakeTables: true }) await Migrations.ApplyAsync(sources, ct);
            await using (var connection = await sources.Read.OpenConnectionAsync(ct))
            {
                if (!await Migrations.IsCompleteAsync(connection, ct))
                    throw new LedgerUnavailableException($"There is no ledger in schema {options.Schema} of the database, or an older one; run jamemr migrate.");
                if (!options.ReadOnly)
                {
                    var (commit, fsync) = (await connection.Command("SELECT " + Durability.Select)
                        .RowsAsync(row => (row.GetString(0), row.GetString(1)), ct)).Single();
                    Durability.Ensure(commit, fsync);
                }
            }

            return new PostgresLedgerStore(sources, options.ReadOnly ? null : new LedgerWriter(sources.Write));
        }
        catch (Exception e)
        {
            await sources.DisposeAsync();
            if (Faults.IsStorage(e) && !ct.IsCancellationRequested) throw Faults.Translate(e, "*");
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Appended>> AppendAsync(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
    {
        var request = new PendingAppend(log, batch, ct);
        ct.ThrowIfCancellationRequested();
        return batch.Count == 0 ? [] : await Writer().AppendAsync(request, ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> LogsAsync(CancellationToken ct) => RunAsync<IReadOnlyList<string>>(
        "*", async connection => await connection.Command("SELECT name FROM ledger_log ORDER BY name").RowsAsync(row => row.GetString(0), ct), ct);

    /// <inheritdoc/>
    public Task<TreeHead> HeadAsync(string log, CancellationToken ct) => ReadAsync(log, (_, row) => Task.FromResult(row.Head), TreeHead.Empty, ct);

    /// <inheritdoc/>
    public Task<LedgerEntry?> FindAsync(string log, long index, CancellationToken ct) => ReadAsync(log, async (connection, row) =>
    {
        if (index < row.Archived || index >= row.Head.Size) return null;
        var rows = new EntryRows(connection, row);
        var found = await connection.Command($"SELECT {EntryRows.Select} FROM ledger_entry e WHERE e.log = $1 AND e.idx = $2", P(row.Id), P(index))
            .RowsAsync(EntryRows.Read, ct);
        return (await rows.EntriesAsync(found, ct)).SingleOrDefault();
    }, null, ct);

    /// <inheritdoc/>
    public async Task<LedgerEntry?> FindAsync(string log, Guid recordId, CancellationToken ct) =>
        (await QueryAsync(log, new LedgerQuery { RecordId = recordId, Limit = 1 }, ct)).Entries.SingleOrDefault();

    /// <inheritdoc/>
    public async Task<LedgerPage> QueryAsync(string log, LedgerQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var after = query.Validate();
        return await ReadAsync(log, async (connection, row) =>
        {
            if (await Filter.ReadAsync(connection, row, query, ct) is not { } filter) return new LedgerPage([], null, row.Head);
            var found = await new Pages(connection, row, query, filter, ct).RunAsync(after);
            var entries = await new EntryRows(connection, row).EntriesAsync([.. found.Take(query.Limit)], ct);
            return new LedgerPage(entries, found.Count > query.Limit ? LedgerQuery.CursorAfter(entries[^1].Index) : null, row.Head);
        }, new LedgerPage([], null, TreeHead.Empty), ct);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LedgerCount>> CountAsync(string log, LedgerQuery query, CountBy by, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await ReadAsync<IReadOnlyList<LedgerCount>>(
            log, (connection, row) => Counting.RunAsync(connection, row, query, by, _sources.Options.LongTimeout, ct), [], ct);
    }

    /// <inheritdoc/>
    public async Task<InclusionProof> InclusionProofAsync(string log, long index, long? treeSize, CancellationToken ct) =>
        await ReadAsync<InclusionProof?>(log, async (connection, row) =>
        {
            var size = treeSize ?? row.Head.Size;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, row.Head.Size, nameof(treeSize));
            var plan = ProofPlan.Inclusion(index, size);
            row.EnsureHere(index);
            row.EnsureProvable(size);
            var tree = new TreeReader(connection, row);
            return new InclusionProof(
                index, size, await tree.LeafHashAsync(index, ct), await tree.RootAtAsync(size, ct), await tree.ResolveAsync(plan, ct));
        }, null, ct) ?? throw new ArgumentOutOfRangeException(nameof(index));

    /// <inheritdoc/>
    public async Task<ConsistencyProof> ConsistencyProofAsync(string log, long size1, long size2, CancellationToken ct) =>
        await ReadAsync<ConsistencyProof?>(log, async (connection, row) =>
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size2, row.Head.Size);
            var plan = ProofPlan.Consistency(size1, size2);
            row.EnsureProvable(size1);
            row.EnsureProvable(size2);
            var tree = new TreeReader(connection, row);
            return new ConsistencyProof(
                size1, size2, await tree.RootAtAsync(size1, ct), await tree.RootAtAsync(size2, ct), await tree.ResolveAsync(plan, ct));
        }, null, ct) ?? throw new ArgumentOutOfRangeException(nameof(size2));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredLeaf>> ReadAsync(string log, long from, int count, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return ReadAsync(
            log, (connection, row) => new EntryRows(connection, row).LeavesAsync(from, Math.Min(row.Head.Size, from + count), ct), [], ct);
    }

    /// <inheritdoc/>
    public Task<Tile?> ReadTileAsync(string log, TileId tile, CancellationToken ct) => ReadAsync(
        log,
        async (connection, row) => (await new TreeReader(connection, row).ReadAsync([tile], ct)).TryGetValue(tile, out var hashes) ? new Tile(tile, hashes) : null,
        null, ct);

    /// <inheritdoc/>
    public Task<Finding?> CheckAsync(CancellationToken ct) =>
        RunAsync("*", connection => StructureCheck.RunAsync(connection, _sources.Options.LongTimeout, ct), ct);

    /// <summary>Finishes the appends that were handed in, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        if (_writer is not null) await _writer.DisposeAsync();
        await _sources.DisposeAsync();
    }
}
