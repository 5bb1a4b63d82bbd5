using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// Ledgers in one SQLite database: WAL with <c>synchronous=FULL</c>, so what was acknowledged is on disk. Appends run on one thread of
/// the store and share commits; reads run on others and never wait for it. Each log appended to is remembered, and a database that was
/// put back to an older copy or rewritten under the running store is refused until the right one is restored.
/// </summary>
public sealed partial class SqliteLedgerStore : ILedgerStore
{
    private readonly string _folder;
    private readonly LedgerConnections _connections;
    private readonly LedgerWriter? _writer;
    private readonly ReaderThreads _readers;

    private SqliteLedgerStore(string folder, LedgerConnections connections, LedgerWriter? writer, ReaderThreads readers)
    {
        _folder = folder;
        _connections = connections;
        _writer = writer;
        _readers = readers;
    }

    /// <summary>Opens the ledger of a folder, making both where there was none unless it is opened for reading only.</summary>
    /// <exception cref="LedgerUnavailableException">It cannot be opened, or the folder had a ledger and no longer has it.</exception>
    public static async Task<SqliteLedgerStore> OpenAsync(string folder, SqliteLedgerOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new SqliteLedgerOptions();
        options.Validate();
        ct.ThrowIfCancellationRequested();

        var files = new LedgerFolder(folder, options);
        var connections = new LedgerConnections(files);
        LedgerWriter? writer = null;
        try
        {
            if (!options.ReadOnly) writer = new LedgerWriter(connections, files.Open(create: true));
        }
        catch (Exception e) when (Faults.IsStorage(e))
        {
            throw Faults.Translate(e, "*");
        }

        var store = new SqliteLedgerStore(Path.GetFullPath(folder), connections, writer, new ReaderThreads(connections, options.Readers));
        try
        {
            await store.LogsAsync(ct);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Appended>> AppendAsync(string log, IReadOnlyList<LedgerRecord> batch, CancellationToken ct)
    {
        var request = new AppendRequest(log, batch, ct);
        var writer = Writer();
        return batch.Count == 0 ? [] : await writer.AppendAsync(request, ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> LogsAsync(CancellationToken ct) => _readers.RunAsync<IReadOnlyList<string>>("*", connection =>
    {
        var names = new List<string>();
        var rows = connection.Database.Prepare("SELECT name FROM log ORDER BY name");
        while (rows.Step()) names.Add(rows.Text(0));
        rows.Reset();
        return names;
    }, ct);

    /// <inheritdoc/>
    public Task<TreeHead> HeadAsync(string log, CancellationToken ct) =>
        ReadAsync(log, (_, head) => head.Head, TreeHead.Empty, ct);

    /// <inheritdoc/>
    public Task<LedgerEntry?> FindAsync(string log, long index, CancellationToken ct) => ReadAsync(
        log,
        (connection, head) => index >= head.Archived && index < head.Head.Size ? new EntryRows(connection, head).TryReadEntry(index) : null,
        null,
        ct);

    /// <inheritdoc/>
    public async Task<LedgerEntry?> FindAsync(string log, Guid recordId, CancellationToken ct) =>
        (await QueryAsync(log, new LedgerQuery { RecordId = recordId, Limit = 1 }, ct)).Entries.SingleOrDefault();

    /// <inheritdoc/>
    public async Task<LedgerPage> QueryAsync(string log, LedgerQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var after = query.Validate();
        return await ReadAsync(
            log, (connection, head) => Pages.Read(connection, head, query, after), new LedgerPage([], null, TreeHead.Empty), ct);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LedgerCount>> CountAsync(string log, LedgerQuery query, CountBy by, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await ReadAsync<IReadOnlyList<LedgerCount>>(log, (connection, head) => Counting.Run(connection, head, query, by), [], ct);
    }

    /// <inheritdoc/>
    public async Task<InclusionProof> InclusionProofAsync(string log, long index, long? treeSize, CancellationToken ct) =>
        await ReadAsync<InclusionProof?>(log, (connection, head) =>
        {
            var size = treeSize ?? head.Head.Size;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, head.Head.Size, nameof(treeSize));
            head.EnsureHere(index);
            var plan = ProofPlan.Inclusion(index, size);
            var database = connection.Database;
            return new InclusionProof(
                index, size, head.LeafHashAt(database, index), head.RootAt(database, size), head.Resolve(database, plan));
        }, null, ct) ?? throw new ArgumentOutOfRangeException(nameof(index));

    /// <inheritdoc/>
    public async Task<ConsistencyProof> ConsistencyProofAsync(string log, long size1, long size2, CancellationToken ct) =>
        await ReadAsync<ConsistencyProof?>(log, (connection, head) =>
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size2, head.Head.Size);
            head.EnsureProvable(size1);
            head.EnsureProvable(size2);
            var plan = ProofPlan.Consistency(size1, size2);
            var database = connection.Database;
            return new ConsistencyProof(
                size1, size2, head.RootAt(database, size1), head.RootAt(database, size2), head.Resolve(database, plan));
        }, null, ct) ?? throw new ArgumentOutOfRangeException(nameof(size2));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredLeaf>> ReadAsync(string log, long from, int count, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return ReadAsync<IReadOnlyList<StoredLeaf>>(log, (connection, head) => StoredLeaves.Read(connection, head, from, count), [], ct);
    }

    /// <inheritdoc/>
    public Task<Tile?> ReadTileAsync(string log, TileId tile, CancellationToken ct) => ReadAsync(
        log, (connection, head) => head.TryReadTile(connection.Database, tile) is { } hashes ? new Tile(tile, hashes) : null, null, ct);

    /// <inheritdoc/>
    public Task<LedgerExtent> ExtentAsync(string log, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        return _readers.RunAsync(log, connection => StoredLeaves.Extent(connection.Database, log), ct);
    }

    /// <inheritdoc/>
    public Task<Finding?> CheckAsync(CancellationToken ct) =>
        _readers.RunAsync("*", connection => StructureCheck.Run(connection.Database), ct);

    /// <summary>Finishes the appends that were handed in, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writer is not null) await _writer.DisposeAsync();
        await _readers.DisposeAsync();
        _connections.Dispose();
    }

    private LedgerWriter Writer() => _writer ?? throw new LedgerUnavailableException("The ledger was opened for reading only.");

    private Task<T> ReadAsync<T>(string log, Func<LedgerConnection, LogHead, T> read, T none, CancellationToken ct)
    {
        AppendRequest.CheckLog(log);
        return _readers.RunAsync(
            log, connection => LogHead.Read(connection.Database, log) is { } head ? read(connection, head) : none, ct);
    }
}
