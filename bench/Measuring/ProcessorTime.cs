using System.Globalization;

namespace JamEmr.Bench.Measuring;

/// <summary>What processes have used of the processor, as the operating system counts it. On a machine that others use as well, time per operation says
/// more than operations per second.</summary>
internal static class ProcessorTime
{
    // proc(5): these are the 14th to 17th fields; after the name, which may hold spaces, the third is the first.
    private const int UserTime = 11;
    private const int Times = 4;

    // Linux counts them in hundredths for programs, whatever the kernel's own clock.
    private const int TicksPerSecond = 100;

    /// <summary>A process with the children it has and had, and those of its children that have ended. Zero where there is no <c>/proc</c>.</summary>
    public static TimeSpan OfTree(int process)
    {
        var ticks = Ticks(process);
        foreach (var child in Children(process)) ticks += Ticks(child);
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    private static int[] Children(int process)
    {
        var list = $"/proc/{process}/task/{process}/children";
        return File.Exists(list)
            ? File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray()
            : [];
    }

    private static long Ticks(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ').Skip(UserTime).Take(Times).Sum(field => long.Parse(field, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return 0; // It has ended meanwhile: its parent counts it from now on.
        }
    }
}
