using System.Collections.Immutable;
using JamEmr.Encounters;
using JamEmr.Hosting;
using JamEmr.Scribe.Drafting;

namespace JamEmr.Inference;

/// <inheritdoc cref="IInferenceGrain"/>
/// <remarks>Two workers per process: models are large, and a further one would only make both slower. Keeps nothing and logs no words.</remarks>
[StatelessWorker(2)]
[NeedsInference]
public sealed class InferenceGrain(INoteDrafter drafter) : Grain, IInferenceGrain
{
    /// <inheritdoc/>
    public async Task<DraftResult> DraftAsync(ImmutableArray<Turn> turns, CancellationToken ct)
    {
        var conversation = InferenceRules.ToConversation(turns);
        var drafted = await drafter.DraftAsync([conversation], ct);
        ct.ThrowIfCancellationRequested();
        return new DraftResult(InferenceRules.ToSentences(drafted[0], conversation), drafter.ModelId, drafter.ModelHash);
    }
}
