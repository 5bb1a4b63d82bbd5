using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Encounters;

namespace JamEmr.Inference;

/// <summary>A worker of the inference pool: stateless, capped per process, local hardware only. Key <c>{practice}/inference</c>.</summary>
[Alias("jamemr.inference")]
public interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>Drafts a note from turns, within two minutes. Keeps nothing.</summary>
    [Internal, Alias("draft"), ResponseTimeout(AnswerTimes.Draft)]
    Task<DraftResult> DraftAsync(ImmutableArray<Turn> turns, CancellationToken ct);
}

/// <summary>A draft and what made it.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.inference.draft")]
public sealed record DraftResult(
    [property: Id(0)] ImmutableArray<NoteSentence> Sentences,
    [property: Id(1)] string ModelId,
    [property: Id(2)] string ModelHash);
