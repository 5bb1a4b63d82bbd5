using System.Globalization;
using Npgsql;

namespace JamEmr.Ledger.Postgres;

/// <summary>The store's connections: some that write, some that only read. What must not be left to the server's own settings is said when they
/// are opened.</summary>
internal sealed class LedgerSources : IAsyncDisposable
{
    private const int Writers = 4;
    private const int CancellationMilliseconds = 300;

    /// <summary>Said in a transaction on <see cref="Read"/> that reads everything.</summary>
    public const string PlansForAll = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

    // Plans that never read a table whole: they are right for tables of any size, also before the server has counted them.
    // A statement that has no other plan, such as the one of the probe, seems so dear then that the server would compile it to machine code,
    // which takes it a quarter of a second each time.
    private const string Plans = " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    // All that an append says.
    private const int MostStatements = 32;

    public LedgerSources(PostgresLedgerOptions options)
    {
        Options = options;
        Write = Build(Writers, options.Timeout, Limits(options, options.Timeout, options.HoldTimeout) + Plans, MostStatements);
        Slow = Build(Writers, options.LongTimeout, Limits(options, options.LongTimeout, options.LongTimeout) + Plans);
        Read = Build(options.Readers, options.QueryTimeout, string.Create(
            CultureInfo.InvariantCulture,
            $"-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read -c idle_in_transaction_session_timeout={Milliseconds(options.LongTimeout)}{Plans}"));
    }

    public PostgresLedgerOptions Options { get; }

    public NpgsqlDataSource Write { get; }

    /// <summary>For changes that take their time: making the tables, releasing records.</summary>
    public NpgsqlDataSource Slow { get; }

    /// <summary>Every transaction on these reads one snapshot and can write nothing.</summary>
    public NpgsqlDataSource Read { get; }

    public static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    public async ValueTask DisposeAsync()
    {
        await Write.DisposeAsync();
        await Slow.DisposeAsync();
        await Read.DisposeAsync();
    }

    // A writer that is frozen or cut off in a transaction is put out, so that others can go on.
    private static string Limits(PostgresLedgerOptions options, TimeSpan wait, TimeSpan hold) => string.Create(
        CultureInfo.InvariantCulture,
        $"-c statement_timeout={Milliseconds(options.LongTimeout)} -c lock_timeout={Milliseconds(wait) * 3 / 4} -c idle_in_transaction_session_timeout={Milliseconds(hold)}");

    private NpgsqlDataSource Build(int connections, TimeSpan command, string settings, int prepared = 0)
    {
        var builder = new NpgsqlDataSourceBuilder(Options.ConnectionString);
        var connection = builder.ConnectionStringBuilder;
        connection.Options = $"{connection.Options} -c search_path={Options.Schema} -c client_min_messages=warning {settings}".TrimStart();
        connection.ApplicationName ??= "jamemr-ledger";
        (connection.Timeout, connection.CommandTimeout) = (Seconds(Options.HoldTimeout), Seconds(command));
        connection.CancellationTimeout = CancellationMilliseconds;
        (connection.Pooling, connection.MinPoolSize, connection.MaxPoolSize) = (true, 0, connections);
        // Nothing is left in a session that would have to be reset.
        connection.NoResetOnClose = true;
        // Planned once per connection, where the statements are few and touch few rows.
        if (prepared > 0) (connection.MaxAutoPrepare, connection.AutoPrepareMinUsages) = (prepared, 2);
        (connection.PersistSecurityInfo, connection.IncludeErrorDetail, connection.Enlist) = (false, false, false);
        return builder.Build();
    }
}
