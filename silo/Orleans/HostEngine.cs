using JamEmr.Engine.Clustering;
using JamEmr.Hosting;

namespace JamEmr.Silo;

/// <summary>What the audit watch asks of this silo's engine.</summary>
internal sealed class HostEngine(ClusterControl engine) : IHostEngine
{
    /// <inheritdoc/>
    public Task ProbeAsync() => engine.ProbeAsync();

    /// <inheritdoc/>
    public void RefuseCalls(Func<Exception> error) => engine.RefuseCalls(error);
}
