namespace JamEmr.Engine.Runtime;

/// <summary>The base of the references that are built at run time, one class per grain interface.</summary>
internal abstract class GrainReference(GrainClass grainClass, string key) : IGrainReference, IEquatable<GrainReference>
{
    // The last target found. It may have ended since; then it refuses, and the next is looked up.
    private IRequestTarget? _target;

    public GrainId GrainId => GrainId.Create(grainClass.Type, key);

    internal GrainClass Class => grainClass;

    public bool Equals(GrainReference? other) =>
        other is not null && ReferenceEquals(other.Class, grainClass) && string.Equals(other.Key, key, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => HashCode.Combine(grainClass, key);

    public override string ToString() => GrainId.ToString();

    internal void Dispatch(Request request)
    {
        if (!grainClass.Engine.TryPrepare(request, grainClass)) return;
        if (_target is { } target && target.TryEnqueue(request)) return;
        _target = grainClass.Dispatch(key, request);
    }

    // What the built classes call; one per kind of return type.

    protected Task Send(CallRequest request)
    {
        Dispatch(request);
        return request.Task;
    }

    protected Task<TResult> Send<TResult>(CallRequest<TResult> request)
    {
        Dispatch(request);
        return request.Task;
    }

    protected ValueTask SendValue(CallRequest request) => new(Send(request));

    protected ValueTask<TResult> SendValue<TResult>(CallRequest<TResult> request) => new(Send(request));

    protected IAsyncEnumerable<T> Enumerate<T>(SequenceCall<T> call) => new GrainSequence<T>(this, call);

    private string Key => key;
}
