namespace JamEmr.Tests.Grains.Hosting;

/// <summary>What Orleans asks of a stream besides: it can be told from others.</summary>
internal sealed partial class SwitchedStream<T>
{
    public bool Equals(IAsyncStream<T>? other) => other is not null && other.ProviderName == ProviderName && other.StreamId.Equals(StreamId);

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => StreamId.GetHashCode();

    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : StreamId.CompareTo(other.StreamId);
}
