using JamEmr.Scribe.Conversations;

namespace JamEmr.Scribe.Drafting;

/// <summary>Drafts notes from conversations, on this machine. Implementations are safe to call from several threads.</summary>
public interface INoteDrafter
{
    /// <summary>Name and version of what drafts, "extractive-1"; it stands in the note's provenance.</summary>
    string ModelId { get; }

    /// <summary>SHA-256 in lower-case hex of the model, or of the rules and word lists: the same hash drafts the same note.</summary>
    string ModelHash { get; }

    /// <summary>Drafts one note per conversation, in their order.</summary>
    /// <param name="batch">Conversations; may be empty.</param>
    /// <param name="cancellationToken">Stops between and within conversations.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled: nothing is returned.</exception>
    ValueTask<IReadOnlyList<DraftedNote>> DraftAsync(IReadOnlyList<Conversation> batch, CancellationToken cancellationToken);
}
