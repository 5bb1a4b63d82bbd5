namespace JamEmr.Engine;

/// <summary>Marks a grain's constructor parameter of type <see cref="IPersistentState{TState}"/>.</summary>
/// <param name="stateName">The name of the state within the grain; part of where it is stored.</param>
/// <param name="storageName">The storage provider; the embedded engine has one storage and ignores the name.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
{
    /// <summary>The name of the state within the grain.</summary>
    public string StateName { get; } = stateName ?? throw new ArgumentNullException(nameof(stateName));

    /// <summary>The storage provider.</summary>
    public string? StorageName { get; } = storageName;
}

/// <summary>A stored value and its storage.</summary>
public interface IStorage
{
    /// <summary>The version of what was last read or written; null when nothing is stored.</summary>
    string? Etag { get; }

    /// <summary>Whether something is stored, as of the last read, write or clear.</summary>
    bool RecordExists { get; }

    /// <summary>Deletes what is stored and resets the state. When the task completes, the deletion is on disk.</summary>
    /// <exception cref="InconsistentStateException">Another writer was first; nothing was changed.</exception>
    /// <exception cref="StorageUnavailableException">Storage failed; nothing was changed.</exception>
    Task ClearStateAsync();

    /// <summary>Stores the state. When the task completes, it is on disk.</summary>
    /// <exception cref="InconsistentStateException">Another writer was first; nothing was changed.</exception>
    /// <exception cref="StorageUnavailableException">Storage failed; nothing was changed.</exception>
    Task WriteStateAsync();

    /// <summary>Replaces the state by what is stored.</summary>
    /// <exception cref="StorageUnavailableException">Storage failed.</exception>
    Task ReadStateAsync();

    /// <summary>As <see cref="ClearStateAsync()"/>; a deletion that has begun is not cancelled.</summary>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <summary>As <see cref="WriteStateAsync()"/>; a write that has begun is not cancelled.</summary>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <summary>As <see cref="ReadStateAsync()"/>.</summary>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <summary>A stored value of a known type.</summary>
public interface IStorage<TState> : IStorage
{
    /// <summary>The value in memory. Assigning it stores nothing: call WriteStateAsync.</summary>
    TState State { get; set; }
}

/// <summary>A durable state of a grain, read before the grain activates. Ask for it with <see cref="PersistentStateAttribute"/>.</summary>
public interface IPersistentState<TState> : IStorage<TState>
{
}
