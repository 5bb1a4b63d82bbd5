using JamEmr.Access;

namespace JamEmr.Audit;

/// <summary>Puts on the system's log that checkpoints are signed with other keys than before. Key <c>system/checkpoint-keys</c>.</summary>
[Alias("jamemr.checkpoint-keys")]
public interface ICheckpointKeysGrain : IGrainWithStringKey
{
    /// <summary>Checkpoints are signed with these keys; completes when that is recorded, if it is news.</summary>
    [Requires(Permission.RunService), Alias("signing")]
    Task SigningAsync(CheckpointKeyIds keys);
}

/// <summary>The keys that sign checkpoints.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Ids">Their ids in hexadecimal, oldest first, with commas between.</param>
[GenerateSerializer, Immutable, Alias("jamemr.checkpoint-key-ids")]
public sealed record CheckpointKeyIds([property: Id(0)] string Name, [property: Id(1)] string Ids);
