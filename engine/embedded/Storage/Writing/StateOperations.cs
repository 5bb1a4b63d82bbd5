using System.Globalization;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Engine.Storage.Writing;

/// <summary>Etags are version numbers. A row's first version is random, so that a state that was cleared and written
/// again never wears an etag that a late writer may still hold.</summary>
internal static class Versions
{
    /// <summary>The first version of a new row: leaves room for 2^62 writes.</summary>
    public static long First() => Random.Shared.NextInt64(1, 1L << 52);

    /// <summary>As callers see it.</summary>
    public static string ToEtag(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>The version of an etag; zero, which no row has, when it is none of ours.</summary>
    public static long FromEtag(string etag) =>
        long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}

/// <summary>Writes a state under its etag. The payload is sealed on the caller's thread: the writer's is the scarce one.</summary>
internal sealed class WriteState : WriteOperation<string>
{
    private readonly GrainId _grain;
    private readonly string _name;
    private readonly string? _expectedEtag;
    private readonly long _expected;
    private readonly long _version;
    private readonly byte[] _sealed;

    public WriteState(GrainId grain, string name, ReadOnlySpan<byte> payload, string? expectedEtag, XAes256Gcm key)
    {
        _grain = grain;
        _name = name;
        _expectedEtag = expectedEtag;
        _expected = expectedEtag is null ? 0 : Versions.FromEtag(expectedEtag);
        _version = expectedEtag is null ? Versions.First() : _expected + 1;
        _sealed = SealedRow.Seal(key, RowIdentity.State(grain, name, _version), payload);
    }

    public override string Kind => "write-state";

    public override int Weight => _sealed.Length;

    protected override string? Execute(WriterSession session)
    {
        var states = session.States;
        var done = _expectedEtag is null
            ? states.Insert(_grain, _name, _version, _sealed)
            : states.Update(_grain, _name, _expected, _version, _sealed);
        return done ? Versions.ToEtag(_version) : Reject(StateConflict.Of(session, _grain, _name, _expectedEtag));
    }
}

/// <summary>Deletes a state under its etag.</summary>
internal sealed class ClearState(GrainId grain, string name, string? expectedEtag) : WriteOperation<bool>
{
    public override string Kind => "clear-state";

    protected override bool Execute(WriterSession session)
    {
        var done = expectedEtag is null
            ? session.States.Version(grain, name) is null
            : session.States.Delete(grain, name, Versions.FromEtag(expectedEtag));
        return done || Reject(StateConflict.Of(session, grain, name, expectedEtag));
    }
}

internal static class StateConflict
{
    public static InconsistentStateException Of(WriterSession session, GrainId grain, string name, string? expectedEtag)
    {
        var stored = session.States.Version(grain, name) is { } version ? Versions.ToEtag(version) : null;
        return new InconsistentStateException(
            $"State {name} of {grain} was written by another: stored etag {stored ?? "none"}, expected {expectedEtag ?? "none"}.", stored, expectedEtag);
    }
}
