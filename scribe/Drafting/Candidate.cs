namespace JamEmr.Scribe.Drafting;

/// <summary>A sentence that could stand in the note.</summary>
/// <param name="Section">Where it would stand.</param>
/// <param name="Text">The sentence; it has passed the faithfulness check.</param>
/// <param name="Turns">The turns it rests on.</param>
/// <param name="Score">How much it has to say; see <see cref="Relevance"/>.</param>
/// <param name="Order">Place among all candidates of the visit.</param>
internal sealed record Candidate(NoteSection Section, string Text, IReadOnlyList<int> Turns, double Score, int Order);
