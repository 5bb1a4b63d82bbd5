using JamEmr.Tests.Engine.Hosting;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>How Orleans calls what <see cref="EngineMetrics"/> asks of an engine.</summary>
internal static class OrleansMeters
{
    public static EngineMetrics Names { get; } = new(
        Calls: "orleans-app-requests-latency-count",
        Latency: "orleans-app-requests-latency-sum",
        Activations: "orleans-catalog-activations",
        QueueLength: null,
        StorageLatency: "orleans-storage-write-latency",
        StreamLag: null,
        ReminderLateness: "orleans-reminders-tardiness");
}
