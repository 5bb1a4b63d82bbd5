using System.Security.Cryptography;
using System.Text;
using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>
/// Drafts by picking clauses out of what was said: nothing stands in the note that was not spoken. Negations and numbers are kept as they
/// are; each sentence has passed <see cref="FaithfulnessCheck"/> against the turns it cites, and a clause that cannot be put in the third
/// person safely is quoted.
/// </summary>
public sealed class ExtractiveDrafter : INoteDrafter
{
    /// <summary>Raised with every change of the rules in code, so that the hash tells drafts apart.</summary>
    private const string RulesVersion = "extractive-1";

    /// <inheritdoc/>
    public string ModelId => RulesVersion;

    /// <inheritdoc/>
    public string ModelHash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(RulesVersion + "\n" + Lexicon.Sha256)));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DraftedNote>> DraftAsync(IReadOnlyList<Conversation> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<IReadOnlyList<DraftedNote>>(cancellationToken);
        var notes = new List<DraftedNote>(batch.Count);
        foreach (var conversation in batch)
            notes.Add(Draft(conversation, cancellationToken));
        return ValueTask.FromResult<IReadOnlyList<DraftedNote>>(notes);
    }

    private static DraftedNote Draft(Conversation conversation, CancellationToken cancellationToken)
    {
        var candidates = new CandidateFinder(conversation).Find(cancellationToken);
        var sentences = Selection.Choose(candidates, conversation)
            .OrderBy(candidate => candidate.Section).ThenBy(candidate => candidate.Turns[^1]).ThenBy(candidate => candidate.Order)
            .Select(candidate => new DraftedSentence(candidate.Section, candidate.Text, candidate.Turns, Supported: true, WhyNot: null));
        return new DraftedNote(conversation.Id, [.. sentences]);
    }
}
