namespace JamEmr.Engine.Clustering.Storage;

/// <summary>A state as the provider beneath sees it.</summary>
internal sealed class SealedState
{
    /// <summary>The sealed payload; null where nothing is stored.</summary>
    public byte[]? Bytes { get; init; }
}

/// <summary>Hands sealed bytes through as they are.</summary>
internal sealed class SealedStateSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    public BinaryData Serialize<T>(T input) => new(((SealedState)(object)input!).Bytes!);

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input) => (T)(object)new SealedState { Bytes = input.ToArray() };
}
