using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Ledger.Sqlite;
using JamEmr.Tests.Unit.Exports;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class LedgerCommandTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_sound_ledger_When_verified_Then_each_log_and_its_root_are_told()
    {
        await using var ledger = await WithAuditRecordsAsync();
        var (code, output, error) = await RunAsync("verify", ledger.Folder);
        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("p1: 70 of 70 records recomputed", output, StringComparison.Ordinal);
        Assert.Contains("p2: 3 of 3 records recomputed", output, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("verify", ledger.Folder, "--practice", "p2");
        Assert.Equal(ExitCodes.Done, code);
        Assert.DoesNotContain("p1:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE tail SET body = CAST(replace(CAST(body AS TEXT), 'success', 'refused') AS BLOB) WHERE log = 1 AND idx = 66", "p1: WRONG: Record 66 was changed")]
    [InlineData("UPDATE entry SET patient = NULL WHERE log = 2 AND idx = 1", "p2: WRONG: The columns of record 1 do not say what the record says.")]
    [InlineData("DELETE FROM log WHERE id = 2", "database: WRONG: There are records whose log has no head.")]
    public async Task Given_a_ledger_tampered_with_When_verified_Then_it_ends_with_1_and_the_first_thing_wrong(string sql, string message)
    {
        await using var ledger = await WithAuditRecordsAsync();
        ledger.Tamper(sql);
        var (code, _, error) = await RunAsync("verify", ledger.Folder);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_ledger_or_no_such_practice_When_verified_Then_one_line_says_so()
    {
        await using var empty = new TempLedger();
        Assert.Equal((ExitCodes.Failed, "", "There is no ledger here." + Environment.NewLine), await RunAsync("verify", empty.Folder));
        await using var ledger = await WithAuditRecordsAsync();
        Assert.Equal(
            (ExitCodes.Failed, "", "There is no log of practice p3." + Environment.NewLine), await RunAsync("verify", ledger.Folder, "--practice", "p3"));
    }

    [Fact]
    public async Task Given_vectors_right_and_wrong_When_run_Then_the_last_line_counts_them()
    {
        await using var folder = new TempLedger();
        var below = Directory.CreateDirectory(Path.Combine(folder.Folder, "a", "b")).FullName;
        const string right = """{"size1":1,"size2":1,"root1":"AA==","root2":"AA==","proof":null,"wantErr":false}""";
        await File.WriteAllTextAsync(Path.Combine(below, "right.json"), right, Ct);
        Assert.Equal((ExitCodes.Done, "1 passed, 0 failed" + Environment.NewLine, ""), await RunAsync("merkle-vectors", folder.Folder));

        await File.WriteAllTextAsync(Path.Combine(below, "wrong.json"), right.Replace("false", "true", StringComparison.Ordinal), Ct);
        await File.WriteAllTextAsync(Path.Combine(below, "broken.json"), "{", Ct);
        var (code, output, _) = await RunAsync("merkle-vectors", folder.Folder);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.EndsWith("1 passed, 2 failed" + Environment.NewLine, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_no_folder_of_vectors_When_run_Then_it_fails_with_one_line()
    {
        var (code, _, error) = await RunAsync("merkle-vectors", Path.Combine(Path.GetTempPath(), "no such folder"));
        Assert.Equal(ExitCodes.Failed, code);
        Assert.NotEmpty(error);
    }

    private static async Task<TempLedger> WithAuditRecordsAsync()
    {
        var ledger = new TempLedger();
        await using var store = await SqliteLedgerStore.OpenAsync(Path.Combine(ledger.Folder, "ledger"), ct: Ct);
        await store.AppendAsync("p1", AuditSamples.Records(0, 70), Ct);
        await store.AppendAsync("p2", AuditSamples.Records(0, 3), Ct);
        return ledger;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, VerifyCommand.Create(TimeProvider.System), MerkleVectorsCommand.Create());
        return (code, output.ToString(), error.ToString());
    }
}
