using Orleans.Runtime.Providers;

namespace JamEmr.Engine.Clustering.Streams;

/// <summary>How long a stream waits before it tries again: longer each time, up to a limit, for ever.</summary>
internal sealed class Retries(TimeSpan first, TimeSpan longest) : IMessageDeliveryBackoffProvider, IQueueReaderBackoffProvider
{
    /// <inheritdoc/>
    public TimeSpan Next(int attempt) => TimeSpan.FromTicks(Math.Min(first.Ticks << Math.Clamp(attempt, 0, 16), longest.Ticks));
}
