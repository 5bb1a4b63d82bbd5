using System.Collections.Concurrent;
using JamEmr.Engine.Storage;

namespace JamEmr.Engine.Runtime;

/// <summary>Makes states of one type.</summary>
internal abstract class PersistentStateFactory
{
    private static readonly ConcurrentDictionary<Type, PersistentStateFactory> s_factories = new();

    public static PersistentStateFactory For(Type stateType) =>
        s_factories.GetOrAdd(stateType, static type => (PersistentStateFactory)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(type))!);

    public abstract IStorage Create(Activation activation, string name);

    private sealed class Typed<TState> : PersistentStateFactory
    {
        public override IStorage Create(Activation activation, string name) => new PersistentState<TState>(activation, name);
    }
}

/// <summary>A durable state of one activation, over the engine's store.</summary>
internal sealed class PersistentState<TState>(Activation activation, string name) : IPersistentState<TState>
{
    private readonly IEngineStore _store = activation.Engine.Store;
    private readonly IGrainStorageSerializer _serializer = activation.Engine.Serializer;

    public TState State { get; set; } = CreateDefault();

    public string? Etag { get; private set; }

    public bool RecordExists => Etag is not null;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        if (await _store.ReadStateAsync(activation.GrainId, name, cancellationToken) is { } stored)
        {
            State = _serializer.Deserialize<TState>(new BinaryData(stored.Payload));
            Etag = stored.Etag;
        }
        else
        {
            State = CreateDefault();
            Etag = null;
        }
    }

    public async Task WriteStateAsync() =>
        Etag = await _store.WriteStateAsync(activation.GrainId, name, _serializer.Serialize(State).ToMemory(), Etag);

    public Task WriteStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return WriteStateAsync();
    }

    public async Task ClearStateAsync()
    {
        await _store.ClearStateAsync(activation.GrainId, name, Etag);
        State = CreateDefault();
        Etag = null;
    }

    public Task ClearStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ClearStateAsync();
    }

    private static TState CreateDefault() => Activator.CreateInstance<TState>();
}
