using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Engine.Storage.Contents;

/// <summary>Seals and opens states as a store does that has this id, these practices' keys and this master key, wherever its rows lie.</summary>
public sealed class StoreSeal : IDisposable
{
    private readonly KeyWrap _wrap;
    private readonly byte[] _storeId;
    private readonly PracticeKeys _keys;

    /// <summary>A seal without any practice's key yet.</summary>
    public StoreSeal(MasterKey masterKey, ReadOnlySpan<byte> storeId)
    {
        ArgumentNullException.ThrowIfNull(masterKey);
        (_wrap, _storeId) = (new KeyWrap(masterKey), storeId.ToArray());
        _keys = new PracticeKeys(_wrap, _storeId);
    }

    /// <summary>Takes note of a practice's key.</summary>
    /// <exception cref="DamagedRowException">It was not wrapped for this store under this master key.</exception>
    public void Add(ContainedKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _keys.Open(key.Practice, key.Wrapped.Span);
    }

    /// <summary>What a cluster's database keeps to tell whether a silo has the right master key.</summary>
    public byte[] MakeKeyCheck() => _wrap.Wrap(_storeId, PracticeKeys.CheckContext(_storeId));

    /// <summary>Whether this master key made a <see cref="MakeKeyCheck"/>.</summary>
    public bool IsKeyCheck(ReadOnlySpan<byte> check) => _wrap.Unwrap(check, PracticeKeys.CheckContext(_storeId)) is not null;

    /// <summary>Seals a state for the row of this version.</summary>
    public byte[] Seal(ContainedState state, long version)
    {
        ArgumentNullException.ThrowIfNull(state);
        return SealedRow.Seal(KeyOf(state.GrainKey), RowIdentity.State(GrainId.Create(state.GrainType, state.GrainKey), state.Name, version), state.Payload.Span);
    }

    /// <summary>Opens the row of a state.</summary>
    /// <exception cref="DamagedRowException">It is not what was sealed for this place and version.</exception>
    public ContainedState Open(string grainType, string grainKey, string name, long version, ReadOnlySpan<byte> row) => new(
        grainType, grainKey, name, version, SealedRow.Open(KeyOf(grainKey), RowIdentity.State(GrainId.Create(grainType, grainKey), name, version), row));

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();

    private XAes256Gcm KeyOf(string grainKey) => _keys.TryGet(grainKey, out var cipher)
        ? cipher
        : throw new DamagedRowException($"The data key of practice {PracticeKeys.PracticeOf(grainKey)} is missing.");
}
