using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using JamEmr.Engine;
using JamEmr.Engine.Storage.Files;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>One engine per data folder, and a clear word where the folder cannot be used.</summary>
public sealed class DataFolderTests
{
    [Fact]
    public async Task Given_a_folder_in_use_When_opened_again_in_this_process_Then_it_is_refused_until_it_is_closed()
    {
        await using var engine = new TempEngine();
        var first = await engine.OpenAsync();

        var error = await Assert.ThrowsAsync<DataFolderInUseException>(() => engine.OpenAsync());

        Assert.Contains(engine.Folder, error.Message, StringComparison.Ordinal);
        await first.WriteTextAsync(Some.Grain(), "still here");
        await first.DisposeAsync();
        Assert.Equal("still here", await (await engine.OpenAsync()).ReadTextAsync(Some.Grain()));
    }

    [Fact]
    public async Task Given_a_folder_held_by_another_process_When_opened_Then_it_is_refused_until_that_is_killed()
    {
        await using var engine = new TempEngine();
        using var holder = ChildEngine.Start("hold", engine.Folder);
        Assert.Equal("open", await holder.NextAsync());

        var error = await Assert.ThrowsAsync<DataFolderInUseException>(() => engine.OpenAsync());
        if (!OperatingSystem.IsWindows()) Assert.Contains(holder.Id.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);

        await holder.KillAsync();
        await (await engine.OpenAsync()).WriteTextAsync(Some.Grain(), "free");
    }

    [Fact]
    public async Task Given_a_folder_held_by_this_process_When_another_opens_it_Then_that_one_is_refused()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        using var second = ChildEngine.Start("hold", engine.Folder);

        Assert.StartsWith(nameof(DataFolderInUseException), await second.NextAsync(), StringComparison.Ordinal);
        await store.WriteTextAsync(Some.Grain(), "still here");
    }

    [Fact]
    public async Task Given_a_file_where_the_folder_should_be_When_opened_Then_it_says_so()
    {
        await using var engine = new TempEngine();
        await File.WriteAllTextAsync(engine.Folder, "a file", Some.Ct);

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => engine.OpenAsync());

        Assert.Contains(engine.Folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_file_that_is_no_database_When_opened_Then_it_says_so_and_leaves_it()
    {
        await using var engine = new TempEngine();
        await (await engine.OpenAsync()).DisposeAsync();
        await File.WriteAllTextAsync(engine.DatabasePath, new string('x', 8192), Some.Ct);

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => engine.OpenAsync());

        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Equal(8192, new FileInfo(engine.DatabasePath).Length);
    }

    [Fact]
    public async Task Given_a_folder_that_cannot_be_written_When_opened_Then_it_says_so()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Mounts and modes are Linux's here.");
            return;
        }

        await using var engine = new TempEngine();
        await (await engine.OpenAsync()).DisposeAsync();
        await using var sealing = await ReadOnlyFolder.MakeAsync(engine.Folder);

        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => engine.OpenAsync());

        Assert.Contains(engine.Folder, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A folder nobody can write to: by its mode, or for root, whom modes do not stop, by a read-only mount.</summary>
    [SupportedOSPlatform("linux")]
    private sealed class ReadOnlyFolder : IAsyncDisposable
    {
        private readonly string _folder;
        private readonly bool _isMounted;

        private ReadOnlyFolder(string folder, bool isMounted)
        {
            _folder = folder;
            _isMounted = isMounted;
        }

        public static async Task<ReadOnlyFolder> MakeAsync(string folder)
        {
            if (Environment.UserName != "root")
            {
                foreach (var file in Directory.EnumerateFiles(folder)) File.SetUnixFileMode(file, UnixFileMode.UserRead);
                File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
                return new ReadOnlyFolder(folder, isMounted: false);
            }

            var mounted = await Mount.TryAsync("--bind", folder, folder);
            Assert.SkipUnless(mounted, "This root may not mount.");
            var result = new ReadOnlyFolder(folder, isMounted: true);
            Assert.SkipUnless(await Mount.TryAsync("-o", "remount,bind,ro", folder), "This root may not mount read-only.");
            return result;
        }

        public async ValueTask DisposeAsync()
        {
            if (_isMounted) await Mount.UndoAsync(_folder);
            else File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}

/// <summary>File systems of a test's own, where the machine lets it.</summary>
internal static class Mount
{
    public static Task<bool> TryAsync(params string[] arguments) => RunAsync("mount", arguments);

    public static async Task UndoAsync(string folder) => Assert.True(await RunAsync("umount", folder));

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
