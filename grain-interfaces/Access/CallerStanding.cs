namespace JamEmr.Access;

/// <summary>What a session or a token says of a caller who names it, in the moment it is asked.</summary>
public enum CallerStanding
{
    /// <summary>It did not establish this caller, or gave them less than they say they have: their proof is not its own.</summary>
    Nobody = 0,

    /// <summary>It established the caller, and it, or the emergency access that it gave, is over since: what is under way gets no further.</summary>
    CutOff = 1,

    /// <summary>It established the caller and still stands.</summary>
    Good = 2,
}
