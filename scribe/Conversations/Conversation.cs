namespace JamEmr.Scribe.Conversations;

/// <summary>Who speaks in a visit.</summary>
public enum Speaker
{
    /// <summary>The clinician.</summary>
    Clinician,

    /// <summary>The patient.</summary>
    Patient,

    /// <summary>Anyone else in the room: a relative, an interpreter, a nurse.</summary>
    Other,
}

/// <summary>What one person says until someone else speaks.</summary>
/// <param name="Number">Place in the conversation, from 1, without gaps. Drafted sentences cite it.</param>
/// <param name="Speaker">Who says it.</param>
/// <param name="Start">When it begins, from the start of the visit.</param>
/// <param name="End">When it ends; never before <paramref name="Start"/>.</param>
/// <param name="Text">What is said, on one line, never empty. <see cref="Conversation.Inaudible"/> stands for what could not be heard.</param>
public sealed record ConversationTurn(int Number, Speaker Speaker, TimeSpan Start, TimeSpan End, string Text)
{
    /// <summary>
    /// Place in the source file, from 1. It runs ahead of <see cref="Number"/> where the file has turns in which nothing is said.
    /// </summary>
    public int SourceNumber { get; init; } = Number;
}

/// <summary>A visit's conversation in order of time.</summary>
/// <param name="Id">The source's own name for it: an encounter id, or the file's name without its ending.</param>
/// <param name="Turns">At least one turn, numbered from 1.</param>
/// <param name="TimesAreEstimated">
/// True where the source has no times: they are then counted from words at <see cref="WordsPerSecond"/>.
/// </param>
public sealed record Conversation(string Id, IReadOnlyList<ConversationTurn> Turns, bool TimesAreEstimated)
{
    /// <summary>Stands in a turn's text for speech that could not be made out.</summary>
    public const string Inaudible = "[inaudible]";

    /// <summary>Rate of estimated times: 150 words a minute, an ordinary speaking rate.</summary>
    public const double WordsPerSecond = 2.5;

    /// <summary>Pause between turns in estimated times.</summary>
    public static readonly TimeSpan EstimatedPause = TimeSpan.FromMilliseconds(300);

    /// <summary>From the start of the visit to the end of its last words.</summary>
    public TimeSpan Duration => Turns.Count == 0 ? TimeSpan.Zero : Turns.Max(turn => turn.End);

    /// <summary>The turn with this number, or null.</summary>
    public ConversationTurn? Turn(int number) => number >= 1 && number <= Turns.Count ? Turns[number - 1] : null;
}
