using System.Globalization;
using JamEmr.Engine.Storage.Crypto;
using Orleans.Serialization.Serializers;

namespace JamEmr.Engine.Clustering.Storage;

/// <summary>
/// Grain states, sealed with the data key of their practice before they reach the database. The rows are those of the provider
/// beneath; their payload is opaque to it.
/// </summary>
/// <remarks>Sealing cannot be left to a storage serializer, because that is not told whose state it writes.</remarks>
internal sealed class SealedGrainStorage(IGrainStorage rows, IGrainStorageSerializer serializer, DataKeys keys, IActivatorProvider activators) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = new GrainState<SealedState>();
        await rows.ReadStateAsync(RowName(grainId, stateName), Checked(grainId), row);
        var sealedState = row.RecordExists ? row.State?.Bytes : null;
        grainState.State = sealedState is null
            ? activators.GetActivator<T>().Create()
            : await OpenAsync<T>(grainId, stateName, Version(row.ETag), sealedState);
        (grainState.ETag, grainState.RecordExists) = (row.ETag, sealedState is not null);
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var version = Version(grainState.ETag) + 1;
        var cipher = await keys.GetAsync(grainId.Key.ToString()!);
        var payload = serializer.Serialize(grainState.State);
        var bytes = SealedRow.Seal(cipher, RowIdentity.State(grainId, stateName, version), payload.ToMemory().Span);
        var row = Row(grainState, new SealedState { Bytes = bytes });
        await rows.WriteStateAsync(RowName(grainId, stateName), Checked(grainId), row);
        if (Version(row.ETag) != version) throw new OrleansException($"The state {stateName} of {grainId} was stored under version {row.ETag}, not {version}.");
        (grainState.ETag, grainState.RecordExists) = (row.ETag, true);
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = Row(grainState, new SealedState());
        await rows.ClearStateAsync(RowName(grainId, stateName), Checked(grainId), row);
        (grainState.ETag, grainState.RecordExists) = (row.ETag, false);
        grainState.State = activators.GetActivator<T>().Create();
    }

    // The provider finds a row by name and key alone: without the grain's type, two grains with a state of the same name would share it.
    internal static string RowName(GrainId grain, string stateName) => $"{grain.Type}/{stateName}";

    private static GrainState<SealedState> Row<T>(IGrainState<T> state, SealedState value) =>
        new() { State = value, ETag = state.ETag, RecordExists = state.RecordExists };

    // The provider takes a key that looks like a number or a GUID for one, so that "cafe" and "CAFE" would be the same row.
    private static GrainId Checked(GrainId grain) =>
        grain.TryGetGuidKey(out _, out _) || grain.TryGetIntegerKey(out _, out _)
            ? throw new ArgumentException($"The key of {grain} looks like a number; a grain key is {{practice}}/{{id}}.", nameof(grain))
            : grain;

    private static long Version(string? etag) => string.IsNullOrEmpty(etag) ? 0 : long.Parse(etag, CultureInfo.InvariantCulture);

    private async Task<T> OpenAsync<T>(GrainId grain, string stateName, long version, byte[] sealedState)
    {
        var cipher = await keys.GetAsync(grain.Key.ToString()!);
        var payload = SealedRow.Open(cipher, RowIdentity.State(grain, stateName, version), sealedState);
        return serializer.Deserialize<T>(new BinaryData(payload));
    }
}
