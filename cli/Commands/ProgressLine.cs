using System.Globalization;

namespace JamEmr.Cli.Commands;

/// <summary>Says on a line of its own, every few seconds, how far a long run is.</summary>
/// <param name="output">Where; stderr.</param>
/// <param name="what">What is counted, such as "records written".</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressLine(TextWriter output, string what, TimeProvider time) : IProgress<long>
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long _said = time.GetTimestamp();

    /// <inheritdoc/>
    public void Report(long value)
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_said) < Every) return;
            _said = time.GetTimestamp();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value} {what}"));
        }
    }
}
