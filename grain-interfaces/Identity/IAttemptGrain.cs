using JamEmr.Access;

namespace JamEmr.Identity;

/// <summary>
/// The brake on guessing one account's secrets, or on guessing from one address. Keys <c>{practice}/attempts/{kind}/{account or stand-in}</c>
/// and <c>system/attempts/{kind}/{keyed hash of the address}</c>: each kind of attempt counts for itself, so that guessing from outside never
/// stops a person who is signed in from proving who they are.
/// </summary>
[Alias("jamemr.attempts")]
public interface IAttemptGrain : IGrainWithStringKey
{
    /// <summary>Takes an attempt, or says how long to wait. An attempt taken counts as failed until it is told otherwise: so many at once are
    /// worth no more than one after the other.</summary>
    [Internal, Alias("begin")]
    Task<AttemptAnswer> BeginAsync();

    /// <summary>The attempt succeeded. An account forgets its failures; an address forgets only this one, since whoever guesses from it may have
    /// an account of their own.</summary>
    /// <param name="attempt">As given when it was taken.</param>
    [Internal, Alias("succeeded")]
    Task SucceededAsync(long attempt);
}

/// <summary>Whether an attempt may be made.</summary>
/// <param name="Attempt">The number of the attempt taken; 0 when none was.</param>
/// <param name="Wait">How long to wait, in whole seconds; null when the attempt may be made.</param>
[GenerateSerializer, Immutable, Alias("jamemr.attempts.answer")]
public sealed record AttemptAnswer([property: Id(0)] long Attempt, [property: Id(1)] TimeSpan? Wait);
