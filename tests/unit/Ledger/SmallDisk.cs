using System.Diagnostics;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A file system in memory, mounted over a folder.</summary>
internal sealed class SmallDisk(string folder) : IDisposable
{
    public static SmallDisk? TryMount(string folder, string options) =>
        OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder) ? new SmallDisk(folder) : null;

    public void Remount(string how) => Assert.True(Run("mount", "-o", $"remount,{how}", folder));

    public void Dispose() => Run("umount", "-l", folder);

    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
