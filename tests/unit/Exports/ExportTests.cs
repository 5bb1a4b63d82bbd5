using JamEmr.Ledger;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;
using SQLitePCL;

namespace JamEmr.Tests.Unit.Exports;

public sealed class ExportTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public async Task Given_a_whole_log_When_exported_Then_it_verifies_and_holds_every_leaf(int count)
    {
        await using var log = await TempLog.WithAsync(count, count / 3, count / 2);
        var folder = await log.ExportAsync();
        var report = log.Verify(folder);
        Assert.Null(report.First);
        Assert.Equal((0, count, count), (report.Manifest!.First, report.Manifest.Count, report.Records));
        Assert.Equal((await log.Store.HeadAsync(TempLog.Log, Ct)).Root, report.RootAtEnd);
        var lines = await File.ReadAllBytesAsync(Path.Combine(folder, "records.ndjson"), Ct);
        Assert.Equal(AuditSamples.Records(0, count).SelectMany(record => (byte[])[.. record.Bytes.Span, (byte)'\n']), lines);
    }

    [Fact]
    public async Task Given_a_large_tree_When_exported_Then_every_level_of_tiles_is_there_and_verifies()
    {
        await using var log = await TempLog.WithAsync(256 * 256 + 300);
        var folder = await log.ExportAsync();
        Assert.Null(log.Verify(folder).First);
        Assert.True(File.Exists(Path.Combine(folder, "tile/1/000")));
        Assert.True(File.Exists(Path.Combine(folder, "tile/2/000.p/1")));
        Assert.True(File.Exists(Path.Combine(folder, "tile/0/257.p/44")));
    }

    [Fact]
    public async Task Given_a_part_of_a_log_When_exported_Then_it_verifies_against_the_whole_logs_root()
    {
        await using var log = await TempLog.WithAsync(2000, 100, 777, 1500);
        var folder = await log.ExportAsync(AuditSamples.Start.AddSeconds(600), AuditSamples.Start.AddSeconds(900));
        var report = log.Verify(folder);
        Assert.Null(report.First);
        Assert.Equal((600, 300, 2000), (report.Manifest!.First, report.Manifest.Count, report.Manifest.TreeSize));
        Assert.False(File.Exists(Path.Combine(folder, "tile/0/004")));
        Assert.Equal(await ExportPlan.RootAtAsync(log.Store, TempLog.Log, 900, Ct), report.RootAtEnd);
    }

    [Fact]
    public async Task Given_records_after_the_checkpoint_When_exported_Then_they_wait_for_the_next()
    {
        await using var log = await TempLog.WithAsync(100);
        await log.Store.AppendAsync(TempLog.Log, AuditSamples.Records(100, 50), Ct);
        var part = await log.ExportAsync(AuditSamples.Start.AddSeconds(90), AuditSamples.Start.AddSeconds(120));
        Assert.Equal((90, 10, 100), (log.Verify(part).Manifest!.First, log.Verify(part).Manifest!.Count, log.Verify(part).Manifest!.TreeSize));
        Assert.Null(log.Verify(part).First);
        await Assert.ThrowsAsync<ExportException>(() => log.ExportAsync(AuditSamples.Start.AddSeconds(100), name: "later"));
    }

    [Fact]
    public async Task Given_a_folder_with_something_in_it_When_exporting_Then_it_is_refused_and_left()
    {
        await using var log = await TempLog.WithAsync(3);
        var folder = Directory.CreateDirectory(Path.Combine(log.Folder, "export")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "x"), "x", Ct);
        await Assert.ThrowsAsync<IOException>(() => log.ExportAsync());
        Assert.Equal(["x"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
        Assert.DoesNotContain(Directory.EnumerateDirectories(log.Folder), name => name.EndsWith(".draft", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE FROM bundle WHERE n = 1", false)]
    [InlineData("DELETE FROM tile WHERE level = 0 AND n = 0", false)]
    [InlineData("UPDATE tile SET hashes = zeroblob(length(hashes))", true)]
    public async Task Given_a_damaged_log_When_exporting_Then_nothing_is_left(string sql, bool planFails)
    {
        await using var log = await TempLog.WithAsync(300);
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(Path.Combine(log.Data, "ledger", "ledger.db"), out var database));
        using (database) DatabaseTamperings.Run(database, sql);
        if (planFails) await Assert.ThrowsAsync<ExportException>(() => log.ExportAsync());
        else await Assert.ThrowsAsync<LedgerDamagedException>(() => log.ExportAsync());
        Assert.Equal(["data", "data.checkpoint-keys"], Directory.EnumerateFileSystemEntries(log.Folder).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(1, 5, 44, "tile/1/005.p/44")]
    [InlineData(0, 1000, 1, "tile/0/x001/000.p/1")]
    public void Given_a_tile_When_it_is_named_Then_the_name_is_that_of_tlog_tiles_and_is_read_back(int level, long index, int width, string path)
    {
        Assert.Equal(path, ExportLayout.TilePath(new TileId(level, index), width));
        Assert.True(ExportLayout.TryParseTile(path, out var tile, out var read));
        Assert.Equal((new TileId(level, index), width), (tile, read));
    }

    [Theory]
    [InlineData("tile/0/1")]
    [InlineData("tile/00/001")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001.p/256")]
    [InlineData("tile/0/001.p/0")]
    [InlineData("tile/0/001.p/044")]
    [InlineData("tile/0/../001")]
    [InlineData("tile/-1/001")]
    [InlineData("tile/0")]
    [InlineData("tile")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    public void Given_another_name_When_read_as_a_tile_Then_it_is_refused(string path) => Assert.False(ExportLayout.TryParseTile(path, out _, out _));

    [Fact]
    public async Task Given_a_log_and_its_witness_When_an_older_or_a_rewritten_export_is_verified_Then_it_is_found()
    {
        await using var log = await TempLog.WithAsync(300, 100);
        var folder = await log.ExportAsync();
        await log.Store.AppendAsync(TempLog.Log, AuditSamples.Records(300, 10), Ct);
        var seen = await log.SignAsync();
        Assert.Equal(FindingKind.TailCut, log.Verify(folder, seen).First!.Kind);
        var now = await log.ExportAsync(name: "now");
        Assert.Null(log.Verify(now, seen).First);

        await using var other = await TempLog.WithAsync(100);
        await other.Store.AppendAsync(TempLog.Log, AuditSamples.Records(101, 210), Ct);
        await other.SignAsync(log.Keys);
        var rewritten = Path.Combine(other.Folder, "rewritten");
        var plan = await ExportPlan.MakeAsync(other.Store, TempLog.Log, await other.SignAsync(log.Keys), log.Keys.Published, null, null, log.Time.GetUtcNow(), Ct);
        await ExportWriter.WriteAsync(other.Store, plan with { Earlier = [], Manifest = plan.Manifest with { Checkpoints = 0 } }, rewritten, false, null, Ct);
        Assert.Null(log.Verify(rewritten).First);
        Assert.Equal(FindingKind.Rewritten, log.Verify(rewritten, seen).First!.Kind);
    }
}
