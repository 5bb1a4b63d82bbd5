using System.Diagnostics.CodeAnalysis;

namespace JamEmr.Engine.Runtime;

/// <summary>A sequence that an activation is producing.</summary>
internal interface IOpenSequence
{
    /// <summary>Whether nobody has read it for longer than the engine allows.</summary>
    bool IsAbandoned(long now);

    /// <summary>Cancels it and lets its clean-up code run. Never fails.</summary>
    Task EndAsync();
}

/// <summary>The sequences that an activation is producing. Changed in its turns only; the sweep may look at any time.</summary>
internal sealed class OpenSequences(Activation activation) : IAsyncDisposable
{
    private volatile IOpenSequence[] _open = [];

    public void Add(IOpenSequence sequence) => _open = [.. _open, sequence];

    public void Remove(IOpenSequence sequence) => _open = [.. _open.Where(other => !ReferenceEquals(other, sequence))];

    public bool HasAbandoned(long now)
    {
        foreach (var sequence in _open)
            if (sequence.IsAbandoned(now)) return true;
        return false;
    }

    /// <summary>To be run in a turn.</summary>
    public void DisposeAbandoned()
    {
        var now = activation.Engine.Now;
        foreach (var sequence in _open)
            if (sequence.IsAbandoned(now)) _ = sequence.EndAsync();
    }

    /// <summary>Begins to end all. To be run in a turn.</summary>
    public void EndAll()
    {
        foreach (var sequence in _open) _ = sequence.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sequence in _open) await sequence.EndAsync();
    }
}

/// <summary>One enumeration of a grain's sequence. All of it runs in turns of the activation.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing to release.")]
internal sealed class OpenSequence<T>(Activation activation) : IOpenSequence
{
    // What is ready at once goes into one answer, up to this many elements.
    private const int LongestBatch = 100;

    private readonly CancellationTokenSource _cancellation = new();
    private IAsyncEnumerator<T>? _enumerator;
    private Task<bool>? _pending;
    private Task? _ended;
    private long _lastRead;
    private bool _reading;

    public Activation Activation => activation;

    public void Open(SequenceCall<T> call, object grain) =>
        _enumerator = call.Open(grain, _cancellation.Token).GetAsyncEnumerator(_cancellation.Token);

    public bool IsAbandoned(long now) =>
        _ended is null && !Volatile.Read(ref _reading) && now - Volatile.Read(ref _lastRead) >= activation.Engine.ResponseTimeout;

    /// <summary>The next elements. With <paramref name="wait"/> it waits for one, else the batch may be empty.</summary>
    public async Task<SequenceBatch<T>> ReadAsync(bool wait)
    {
        if (_ended is not null) throw new EnumerationAbortedException();
        if (_reading) throw new InvalidOperationException("A sequence is read by one reader, one element after the other.");
        Volatile.Write(ref _reading, true);
        try
        {
            List<T> items = [];
            while (items.Count < LongestBatch)
            {
                _pending ??= _enumerator!.MoveNextAsync().AsTask();
                if (!_pending.IsCompletedSuccessfully && (items.Count > 0 || (!wait && !_pending.IsCompleted))) break;
                var more = await _pending.WaitAsync(_cancellation.Token);
                _pending = null;
                if (!more)
                {
                    await EndAsync();
                    return new SequenceBatch<T>(this, items, IsLast: true);
                }
                items.Add(_enumerator!.Current);
            }
            return new SequenceBatch<T>(this, items, IsLast: false);
        }
        catch (OperationCanceledException error) when (_ended is not null)
        {
            throw new EnumerationAbortedException("The grain ended the sequence.", error);
        }
        catch
        {
            await EndAsync();
            throw;
        }
        finally
        {
            Volatile.Write(ref _lastRead, activation.Engine.Now);
            Volatile.Write(ref _reading, false);
        }
    }

    public Task EndAsync()
    {
        if (_ended is not null) return _ended;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ended = ended.Task; // before anything runs that may ask for it again
        _ = EndCoreAsync(ended);
        return _ended;
    }

    private async Task EndCoreAsync(TaskCompletionSource ended)
    {
        try
        {
            _cancellation.Cancel(); // here and now: its callbacks are grain code and belong into this turn
            if (_pending is { } pending)
            {
                // An enumerator may be disposed only between two elements.
                Task patience = pending.WaitAsync(activation.Engine.Options.ResponseTimeout, activation.Engine.Time);
                await patience.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
                if (!pending.IsCompleted) return;
            }
            if (_enumerator is not null) await _enumerator.DisposeAsync();
        }
        catch (Exception error)
        {
            EngineLog.SequenceFailed(activation.Engine.Log, error, activation.Class.Name);
        }
        finally
        {
            activation.Sequences?.Remove(this);
            ended.SetResult();
        }
    }
}
