using System.Diagnostics;
using System.Globalization;

namespace JamEmr.Tests.Support.Cluster;

/// <summary>
/// Sees to it that no process of a cluster outlives the one that started it: a shell that reads their ids from a pipe and, when the pipe closes,
/// kills those that are left. It closes however this process ends.
/// </summary>
internal static class ProcessKeeper
{
    private const string Script = """
        declare -A kept
        while read -r what pid; do
            if [ "$what" = keep ]; then kept[$pid]=1; else unset "kept[$pid]"; fi
        done
        for pid in "${!kept[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
        """;

    private static readonly Lock Gate = new();
    private static readonly Lazy<Process> Keeper = new(Start);

    /// <summary>From now on this process is killed when we end.</summary>
    public static void Keep(int id) => Tell("keep", id);

    /// <summary>It has ended, and its id may be another's.</summary>
    public static void Forget(int id) => Tell("forget", id);

    private static void Tell(string what, int id)
    {
        lock (Gate)
        {
            Keeper.Value.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {id}"));
            Keeper.Value.StandardInput.Flush();
        }
    }

    // A session of its own, so that a signal to our group does not end it before it has done its work.
    private static Process Start()
    {
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardInput = true };
        foreach (var argument in (string[])["bash", "-c", Script]) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
    }
}
