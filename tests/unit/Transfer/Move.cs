using System.Globalization;
using JamEmr.Cli.Transfer;
using JamEmr.Engine.Storage.Contents;
using JamEmr.Ledger.Postgres;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Transfer;

/// <summary>A database and moves into it.</summary>
internal sealed class Move : IAsyncDisposable
{
    public required ClusterDatabase Database { get; init; }

    private PostgresLedgerOptions Ledger => new() { ConnectionString = Database.Connection, Timeout = TimeSpan.FromSeconds(30), QueryTimeout = TimeSpan.FromSeconds(60) };

    public static async Task<Move> IntoNewAsync()
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        return new Move { Database = await ClusterDatabase.CreateAsync() };
    }

    public Task<PostgresLedgerStore> OpenLedgerAsync() => PostgresLedgerStore.OpenAsync(Ledger, TempPractice.Ct);

    /// <summary>What a move said; it ends when it says the line of this number, if one is given.</summary>
    public async Task<string> RunAsync(TempPractice practice, int cutAt = 0)
    {
        using var cut = new CancellationTokenSource();
        return await RunAsync(practice, line => line == cutAt ? cut.CancelAsync() : Task.CompletedTask, cut.Token);
    }

    /// <summary>What a move said; it goes on after each line when the other has done what it does then.</summary>
    public async Task<string> RunAsync(TempPractice practice, Func<int, Task> atLine, CancellationToken ct)
    {
        await using var output = new ToldWriter(atLine);
        await new PracticeMove(Database.Connection, Ledger, "jamemr", output, TextWriter.Null, practice.Time)
            .RunAsync(practice.Data, EngineContents.FindKey(practice.Data, practice.KeyFile), ct);
        return output.ToString();
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private sealed class ToldWriter(Func<int, Task> atLine) : StringWriter(CultureInfo.InvariantCulture)
    {
        private int _lines;

        public override async Task WriteLineAsync(string? value)
        {
            await atLine(++_lines);
            await base.WriteLineAsync(value);
        }
    }
}
