using System.Runtime.CompilerServices;

namespace JamEmr.Tests.Engine.Grains;

/// <summary>Answers with sequences.</summary>
public interface IListGrain : IGrainWithStringKey
{
    /// <summary>The numbers below <paramref name="count"/>.</summary>
    IAsyncEnumerable<int> CountAsync(int count);

    /// <summary>Two numbers, then an error.</summary>
    IAsyncEnumerable<int> FailAsync();

    /// <summary>Numbers for ever; signals "disposed" when the reader has gone.</summary>
    IAsyncEnumerable<int> ForeverAsync(CancellationToken cancellationToken = default);

    /// <summary>One number, then nothing until cancelled; signals "waiting", and "disposed" at the end.</summary>
    IAsyncEnumerable<int> OneThenWaitAsync(CancellationToken cancellationToken = default);

    /// <summary>Records of another grain, read through this one.</summary>
    IAsyncEnumerable<int> ThroughAsync(string other, int count);

    /// <summary>Answers at once.</summary>
    Task PingAsync();
}

/// <inheritdoc cref="IListGrain"/>
public sealed class ListGrain : Grain, IListGrain
{
    private Probe Watch => Probe.Of(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> CountAsync(int count)
    {
        try
        {
            for (var n = 0; n < count; n++)
            {
                if (n % 7 == 3) await Task.Yield();
                yield return n;
            }
        }
        finally
        {
            Watch.Signal("disposed");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> FailAsync()
    {
        try
        {
            yield return 1;
            await Task.Yield();
            yield return 2;
            await Task.Yield();
            throw new SlotTakenException("schedule.slot_taken", DateTimeOffset.UnixEpoch, 2);
        }
        finally
        {
            Watch.Signal("disposed");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> ForeverAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return n;
                await Task.Yield();
            }
        }
        finally
        {
            Watch.Signal("disposed");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> OneThenWaitAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            yield return 1;
            Watch.Signal("waiting");
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            yield return 2;
        }
        finally
        {
            Watch.Signal("disposed");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> ThroughAsync(string other, int count)
    {
        await foreach (var n in GrainFactory.GetGrain<IListGrain>(other).CountAsync(count)) yield return n * 10;
    }

    /// <inheritdoc/>
    public Task PingAsync() => Task.CompletedTask;
}
