using System.Globalization;

namespace JamEmr.Tests.Support.Faults;

/// <summary>
/// Makes system calls of another process fail while it runs, with libfiu (Debian: fiu-utils). The process must have been started with
/// <see cref="Environment"/>; the calls that SQLite's own library makes go the same way as all others.
/// </summary>
public sealed class Libfiu : IDisposable
{
    private const string Run = "/usr/lib/fiu/fiu_run_preload.so";
    private const string Posix = "/usr/lib/fiu/fiu_posix_preload.so";
    private readonly DirectoryInfo _pipes = Directory.CreateTempSubdirectory("jamemr-fiu-");

    /// <summary>Why there is none, or null where there is.</summary>
    public static string? WhyNot => File.Exists(Run) && File.Exists(Posix) && File.Exists("/usr/bin/fiu-ctrl")
        ? null
        : "Failing system calls needs libfiu on Linux (Debian: fiu-utils).";

    private string Pipe => Path.Combine(_pipes.FullName, "ctrl");

    /// <summary>What the process is to be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = $"{Run}:{Posix}",
        ["FIU_CTRL_FIFO"] = Pipe,
    };

    /// <summary>From now on these calls of the process fail with an error number (5 is EIO, 28 ENOSPC, 30 EROFS).</summary>
    public void Fail(int process, int errno, params ReadOnlySpan<string> points)
    {
        foreach (var point in points)
            Control(process, string.Create(CultureInfo.InvariantCulture, $"enable name={point},failinfo={errno}"));
    }

    /// <summary>From now on they work again.</summary>
    public void Heal(int process, params ReadOnlySpan<string> points)
    {
        foreach (var point in points) Control(process, $"disable name={point}");
    }

    /// <inheritdoc/>
    public void Dispose() => _pipes.Delete(recursive: true);

    private void Control(int process, string command)
    {
        var failure = Command.Run("fiu-ctrl", "-f", Pipe, "-c", command, process.ToString(CultureInfo.InvariantCulture));
        if (failure is not null) throw new InvalidOperationException(failure);
    }
}
