namespace JamEmr.Engine.Runtime;

/// <summary>The methods that call filters see for all reads of a sequence but the first.</summary>
internal interface IAsyncEnumerableGrainExtension
{
    Task MoveNext();

    Task DisposeAsync();
}

/// <summary>A call of a method that returns a sequence: its arguments, to be used once per enumeration.</summary>
internal abstract class SequenceCall<T>
{
    /// <summary>The token given as an argument.</summary>
    public CancellationToken CallerToken { get; private set; }

    public abstract GrainMethod Method { get; }

    public abstract int GetArgumentCount();

    public abstract object? GetArgument(int index);

    /// <summary>Calls the grain; the token takes the place of the caller's.</summary>
    public abstract IAsyncEnumerable<T> Open(object grain, CancellationToken token);

    internal CancellationToken Link(CancellationToken callerToken) => CallerToken = callerToken;
}

/// <summary>The sequence as the caller sees it. Nothing happens before it is enumerated.</summary>
internal sealed class GrainSequence<T>(GrainReference reference, SequenceCall<T> call) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new SequenceReader<T>(reference, call, cancellationToken);
}

/// <summary>What one read brings: some elements, in order, and whether they are the last.</summary>
internal sealed record SequenceBatch<T>(OpenSequence<T> Source, IReadOnlyList<T> Items, bool IsLast);

/// <summary>The first read: starts the enumeration within the grain. Does not wait for an element, so that a slow sequence
/// does not time out.</summary>
internal sealed class StartSequence<T>(SequenceCall<T> call) : CallRequest<SequenceBatch<T>>
{
    public override GrainMethod Method => call.Method;

    public override bool AlwaysInterleave => true;

    public override Task Begin(Activation activation, object grain)
    {
        var sequence = new OpenSequence<T>(activation);
        sequence.Open(call, grain);
        (activation.Sequences ??= new OpenSequences(activation)).Add(sequence);
        return sequence.ReadAsync(wait: false);
    }

    public override int GetArgumentCount() => call.GetArgumentCount();

    public override object? GetArgument(int index) => call.GetArgument(index);
}

/// <summary>Each further read. It waits for an element as long as that takes, unless the caller cancels.</summary>
internal sealed class ReadSequence<T>(OpenSequence<T> sequence) : CallRequest<SequenceBatch<T>>
{
    private static readonly GrainMethod s_method =
        GrainMethod.Of<IAsyncEnumerableGrainExtension>(nameof(IAsyncEnumerableGrainExtension.MoveNext), alwaysInterleave: true);

    public override GrainMethod Method => s_method;

    public override bool IsLocal => true;

    public override Task Begin(Activation activation, object grain) => sequence.ReadAsync(wait: true);

    public override void Orphan() => Fail(new EnumerationAbortedException());

    public override int GetArgumentCount() => 0;

    public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));
}

/// <summary>The reader is done.</summary>
internal sealed class EndSequence(IOpenSequence sequence) : CallRequest
{
    private static readonly GrainMethod s_method =
        GrainMethod.Of<IAsyncEnumerableGrainExtension>(nameof(IAsyncEnumerableGrainExtension.DisposeAsync), alwaysInterleave: true);

    public override GrainMethod Method => s_method;

    public override bool IsLocal => true;

    public override Task Begin(Activation activation, object grain) => sequence.EndAsync();

    public override void Orphan() => CompleteWith(null); // the end of the activation has ended the sequence

    public override int GetArgumentCount() => 0;

    public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));
}
