using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Encounters;
using JamEmr.Hosting;
using JamEmr.Scribe.Drafting;

namespace JamEmr.Inference;

/// <inheritdoc cref="IInferenceGrain"/>
/// <remarks>Two workers per process: models are large, and a further one would only make both slower. Keeps nothing and logs no words.</remarks>
[StatelessWorker(2)]
[NeedsInference]
public sealed class InferenceGrain(INoteDrafter drafter, TimeProvider time) : Grain, IInferenceGrain
{
    // A little before the caller stops waiting: nobody would see what comes later, and the place in the pool is another's.
    private static readonly TimeSpan Limit = TimeSpan.Parse(AnswerTimes.Draft, CultureInfo.InvariantCulture) - TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<DraftResult> DraftAsync(ImmutableArray<Turn> turns, CancellationToken ct)
    {
        var conversation = InferenceRules.ToConversation(turns);
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            var drafted = await drafter.DraftAsync([conversation], either.Token);
            ct.ThrowIfCancellationRequested();
            return new DraftResult(InferenceRules.ToSentences(drafted[0], conversation), drafter.ModelId, drafter.ModelHash);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException("Drafting took too long.", e);
        }
    }
}
