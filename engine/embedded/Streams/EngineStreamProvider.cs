namespace JamEmr.Engine.Streams;

/// <summary>Gives the engine's durable streams under a name. All names give the same streams.</summary>
internal sealed class EngineStreamProvider(string name, StreamService streams) : IStreamProvider
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool IsRewindable => false;

    /// <inheritdoc/>
    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new EngineStream<T>(name, streamId, streams);
}
