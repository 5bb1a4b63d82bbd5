using System.Collections.Concurrent;

namespace JamEmr.Tests.Grains.Operations;

/// <summary>Cuts the answer of a call after the grain has done and stored what was asked, as a network or a silo that dies does: the caller
/// does not know.</summary>
internal sealed class LostAnswers : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, bool> _next = new(StringComparer.Ordinal);

    /// <summary>The next answer of the grain with this key is lost.</summary>
    public void LoseNext(string key) => _next[key] = true;

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        // What one grain asks another of the same key is answered.
        var isFromGrain = context.SourceId is { IsDefault: false } source && !source.Type.ToString()!.StartsWith("sys.", StringComparison.Ordinal);
        if (!isFromGrain && _next.TryRemove(context.TargetId.Key.ToString()!, out _)) throw new TimeoutException("The answer was lost (test).");
    }
}
