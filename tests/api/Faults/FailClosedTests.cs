using JamEmr.Tests.Support.Faults;
using Microsoft.Data.Sqlite;

namespace JamEmr.Tests.Api.Faults;

/// <summary>Alone: what these tests hold against the clock must not wait for other tests of this suite.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Storage fails in every way it can under the real server: nothing is served, nothing leaks, nothing is lost, and service returns.</summary>
[Collection("Alone")]
public sealed class FailClosedTests : IDisposable
{
    // How files are written here. A bare write goes to pipes as well, by which the runtime wakes its own threads: no disk makes that fail.
    private static readonly string[] Writing = ["posix/io/rw/pwrite", "posix/io/rw/ftruncate", "posix/io/sync/*"];
    private static readonly string[] Parts = ["", "-wal", "-shm"];
    private readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("jamemr-fault-");

    private string Data => Path.Combine(_own.FullName, "data");

    private string EngineFile => Path.Combine(Data, "engine.db");

    private string LedgerFolder => Path.Combine(Data, "ledger");

    private string LedgerFile => Path.Combine(LedgerFolder, "ledger.db");

    private string Aside => Path.Combine(_own.FullName, "aside");

    public void Dispose() => _own.Delete(recursive: true);

    [Fact]
    public async Task Given_no_space_When_asked_Then_closed_and_back_with_the_space()
    {
        Assert.SkipWhen(Disk.WhyNot is not null, Disk.WhyNot ?? "");
        using var disk = Disk.InMemory(96);
        await using var run = await FaultRun.StartAsync(Path.Combine(disk.Folder, "data"));
        await run.ProveAsync("no space", disk.Fill, disk.Free);
    }

    [Fact]
    public async Task Given_no_space_for_the_ledger_alone_When_asked_Then_closed_and_back_with_the_space()
    {
        Assert.SkipWhen(Disk.WhyNot is not null, Disk.WhyNot ?? "");
        Directory.CreateDirectory(LedgerFolder);
        using var disk = Disk.InMemory(48, LedgerFolder);
        await using var run = await FaultRun.StartAsync(Data);
        await run.ProveAsync("no space for the ledger", disk.Fill, disk.Free);
    }

    [Fact]
    public async Task Given_a_file_system_turned_read_only_by_the_kernel_When_asked_Then_closed_and_back_after_repair_and_restart()
    {
        Assert.SkipWhen(Disk.WhyNoImage is not null, Disk.WhyNoImage ?? "");
        using var disk = Disk.InFile(96);
        await using var run = await FaultRun.StartAsync(Path.Combine(disk.Folder, "data"));
        await run.ProveWithRestartAsync("read-only file system (ext4)", disk.Abort, disk.Recover);
    }

    [Theory]
    [InlineData("I/O errors on writing and flushing", 5)]
    [InlineData("no space by ENOSPC", 28)]
    [InlineData("read-only by EROFS", 30)]
    public Task Given_writes_that_fail_When_asked_Then_closed_and_back_when_they_work(string name, int errno) => ProveFailingCallsAsync(name, errno, Writing);

    [Fact]
    public Task Given_reads_that_fail_too_When_asked_Then_closed_and_back_when_they_work() =>
        ProveFailingCallsAsync("I/O errors on everything", 5, [.. Writing, "posix/io/rw/pread"]);

    [Fact]
    public Task Given_flushes_that_fail_When_asked_Then_closed_and_back_when_they_work() =>
        ProveFailingCallsAsync("I/O errors on flushing alone", 5, "posix/io/sync/*");

    [Fact]
    public Task Given_the_engines_database_deleted_When_asked_Then_closed_and_back_when_restored() => ProveDeletedAsync("deleted engine.db", EngineFileOf);

    [Fact]
    public Task Given_the_ledgers_database_deleted_When_asked_Then_closed_and_back_when_restored() => ProveDeletedAsync("deleted ledger.db", LedgerFileOf);

    [Fact]
    public Task Given_the_engines_database_replaced_When_asked_Then_closed_and_back_when_restored() => ProveReplacedAsync("replaced engine.db", EngineFileOf);

    [Fact]
    public Task Given_the_engines_database_set_back_to_a_backup_When_asked_Then_closed_and_back_when_restored() => ProveSetBackAsync("engine.db set back", EngineFileOf);

    [Fact]
    public Task Given_the_ledgers_database_set_back_to_a_backup_When_asked_Then_closed_and_back_when_restored() => ProveSetBackAsync("ledger.db set back", LedgerFileOf);

    [Fact]
    public async Task Given_the_ledgers_folder_gone_When_asked_Then_closed_and_back_when_restored()
    {
        await using var run = await FaultRun.StartAsync(Data);
        await run.ProveAsync("ledger folder gone", () => Directory.Move(LedgerFolder, Aside), () => Directory.Move(Aside, LedgerFolder));
    }

    [Fact]
    public async Task Given_the_whole_data_folder_gone_When_asked_Then_closed_and_back_when_restored()
    {
        await using var run = await FaultRun.StartAsync(Data);
        await run.ProveAsync("data folder gone", () => Directory.Move(Data, Aside), () => Directory.Move(Aside, Data));
    }

    [Fact]
    public Task Given_another_process_that_holds_the_engines_database_When_asked_Then_closed_and_back_when_released() =>
        ProveHeldAsync("blocked engine.db", EngineFileOf);

    [Fact]
    public Task Given_another_process_that_holds_the_ledgers_database_When_asked_Then_closed_and_back_when_released() =>
        ProveHeldAsync("blocked ledger.db", LedgerFileOf);

    private static string EngineFileOf(FailClosedTests test) => test.EngineFile;

    private static string LedgerFileOf(FailClosedTests test) => test.LedgerFile;

    private async Task ProveFailingCallsAsync(string name, int errno, params string[] points)
    {
        Assert.SkipWhen(Libfiu.WhyNot is not null, Libfiu.WhyNot ?? "");
        using var fiu = new Libfiu();
        await using var run = await FaultRun.StartAsync(Data, fiu.Environment);
        await run.ProveAsync(name, () => fiu.Fail(run.Server.Id, errno, points), () => fiu.Heal(run.Server.Id, points));
    }

    // Gone from its path, while the server has it open; the very file comes back, as from a recovery of the open handle.
    private async Task ProveDeletedAsync(string name, Func<FailClosedTests, string> file)
    {
        await using var run = await FaultRun.StartAsync(Data);
        await run.ProveAsync(name, () => File.Move(file(this), Aside), () => File.Move(Aside, file(this)));
    }

    private async Task ProveReplacedAsync(string name, Func<FailClosedTests, string> file)
    {
        await using var run = await FaultRun.StartAsync(Data);
        await run.ProveAsync(
            name,
            () =>
            {
                File.Move(file(this), Aside);
                File.Copy(Aside, file(this));
            },
            () => File.Move(Aside, file(this), overwrite: true));
    }

    // As somebody does who restores a backup under the running service: what was recorded since is not in it.
    private async Task ProveSetBackAsync(string name, Func<FailClosedTests, string> file)
    {
        await using var run = await FaultRun.StartAsync(Data);
        var backup = Path.Combine(_own.FullName, "backup");
        await using (var connection = new SqliteConnection($"Data Source={file(this)};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            Execute(connection, $"VACUUM INTO '{backup}'");
        }

        await run.WorkAsync();
        await run.ProveAsync(
            name,
            () =>
            {
                foreach (var part in Parts) File.Move(file(this) + part, Aside + part);
                File.Copy(backup, file(this));
            },
            () =>
            {
                foreach (var part in Parts) File.Move(Aside + part, file(this) + part, overwrite: true);
            });
    }

    private async Task ProveHeldAsync(string name, Func<FailClosedTests, string> file)
    {
        await using var run = await FaultRun.StartAsync(Data);
        await using var holder = new SqliteConnection($"Data Source={file(this)};Pooling=False");
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await run.ProveAsync(
            name,
            () => Execute(holder, "PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE"),
            () => Execute(holder, "ROLLBACK"));
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
