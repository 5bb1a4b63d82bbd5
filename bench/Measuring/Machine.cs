using System.Runtime.InteropServices;

namespace JamEmr.Bench.Measuring;

/// <summary>What the figures were taken on.</summary>
internal sealed record Machine(int Cores, string Processor, string OperatingSystem, string Runtime, string FileSystem, bool Optimized)
{
    /// <summary>This machine, with the file system of a folder.</summary>
    public static Machine Describe(string folder) => new(
        Environment.ProcessorCount,
        ProcessorName(),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        FileSystemOf(folder),
        Build.IsOptimized);

    private static string ProcessorName() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown"
        : RuntimeInformation.ProcessArchitecture.ToString();

    private static string FileSystemOf(string folder)
    {
        var path = Path.GetFullPath(folder);
        var drive = DriveInfo.GetDrives().Where(d => path.StartsWith(d.Name, StringComparison.Ordinal)).MaxBy(d => d.Name.Length);
        return drive is null ? "unknown" : drive.DriveFormat;
    }
}

/// <summary>How this program was built.</summary>
internal static class Build
{
    /// <summary>Whether the compiler optimized it: figures of a debug build say nothing.</summary>
    public static bool IsOptimized =>
        typeof(Build).Assembly.GetCustomAttributes(typeof(System.Diagnostics.DebuggableAttribute), false)
            .OfType<System.Diagnostics.DebuggableAttribute>().All(a => !a.IsJITOptimizerDisabled);
}
