using JamEmr.Engine.Runtime;
using JamEmr.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Streams;

/// <summary>What all pumps share.</summary>
internal sealed record StreamPumpContext(
    IEngineStore Store, IActivationDispatcher Dispatcher, TimeProvider Time, StreamMetrics Metrics, ILogger Log, CancellationToken Stopping)
{
    /// <summary>Takes a pump that has nothing to do out of the list when there are many; false keeps it for the next event.</summary>
    public required Func<StreamId, GrainId, StreamPump, bool> MayRetire { get; init; }
}
