namespace JamEmr.Engine.Runtime;

/// <summary>Reads a grain's sequence for the caller, a batch at a time.</summary>
internal sealed class SequenceReader<T> : IAsyncEnumerator<T>
{
    private readonly GrainReference _reference;
    private readonly SequenceCall<T> _call;
    private readonly CancellationTokenSource? _linked;
    private readonly CancellationToken _token;
    private SequenceBatch<T>? _batch;
    private int _index;
    private bool _disposed;

    public SequenceReader(GrainReference reference, SequenceCall<T> call, CancellationToken token)
    {
        _reference = reference;
        _call = call;
        if (token.CanBeCanceled && call.CallerToken.CanBeCanceled && token != call.CallerToken)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(token, call.CallerToken);
            _token = _linked.Token;
        }
        else
        {
            _token = token.CanBeCanceled ? token : call.CallerToken;
        }
    }

    public T Current => _batch is { } batch && _index < batch.Items.Count
        ? batch.Items[_index]
        : throw new InvalidOperationException("There is no current element: MoveNextAsync was not called, or gave false.");

    public ValueTask<bool> MoveNextAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _batch is { } batch && ++_index < batch.Items.Count ? new ValueTask<bool>(true) : ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            if (_batch is not { IsLast: false } batch) return;
            var request = new EndSequence(batch.Source);
            if (!_reference.Class.Engine.TryPrepare(request, _reference.Class) || !batch.Source.Activation.TryEnqueue(request)) return;
            await request.Task;
        }
        finally
        {
            _linked?.Dispose();
        }
    }

    private async ValueTask<bool> ReadAsync()
    {
        do
        {
            _token.ThrowIfCancellationRequested();
            if (_batch is { IsLast: true }) return false;
            _batch = await (_batch is null ? StartAsync() : ReadAsync(_batch.Source));
            _index = 0;
        }
        while (_batch.Items.Count == 0);
        return true;
    }

    private Task<SequenceBatch<T>> StartAsync()
    {
        var request = new StartSequence<T>(_call);
        request.Link(_token);
        _reference.Dispatch(request);
        return request.Task;
    }

    private Task<SequenceBatch<T>> ReadAsync(OpenSequence<T> source)
    {
        var request = new ReadSequence<T>(source);
        request.Link(_token);
        if (_reference.Class.Engine.TryPrepare(request, _reference.Class))
        {
            request.Deadline = long.MaxValue;
            if (!source.Activation.TryEnqueue(request)) request.Orphan();
        }
        return request.Task;
    }
}
