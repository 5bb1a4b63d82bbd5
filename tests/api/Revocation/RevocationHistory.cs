namespace JamEmr.Tests.Api.Revocation;

/// <summary>What was done with a credential.</summary>
public enum CredentialAct
{
    /// <summary>It was presented and let in.</summary>
    Accepted,

    /// <summary>It was presented and refused.</summary>
    Refused,

    /// <summary>It was revoked or ended.</summary>
    Revoked,
}

/// <summary>One act on a credential, as its client saw it.</summary>
/// <param name="Begun">When it was sent, by a clock that never gives the same number twice.</param>
/// <param name="Ended">When its answer was there; <see cref="long.MaxValue"/> where none came.</param>
public sealed record CredentialEvent(CredentialAct Act, long Begun, long Ended);

/// <summary>
/// Judges histories of one credential. A credential is open, and from its revocation on closed for ever. A history is linearizable when every act
/// could have happened at one moment between its beginning and its end, so that the whole, in the order of those moments, is what such a
/// credential does (Herlihy and Wing, Linearizability, 1990).
/// </summary>
public static class RevocationHistory
{
    /// <summary>Why the history is not linearizable; null when it is.</summary>
    /// <remarks>All turns on the one moment at which the first revocation takes effect. It lies after the beginning of some revocation and of every
    /// use that was let in, and before the end of every revocation and of every use that was refused. Such a moment exists when the
    /// latest of those beginnings comes before the earliest of those ends; every other act then finds its own moment on the right side.</remarks>
    public static string? Fault(IEnumerable<CredentialEvent> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        long revoking = long.MaxValue, revoked = long.MaxValue, lastLetIn = long.MinValue, firstRefused = long.MaxValue;
        foreach (var (act, begun, ended) in history)
        {
            switch (act)
            {
                case CredentialAct.Accepted:
                    lastLetIn = Math.Max(lastLetIn, begun);
                    break;
                case CredentialAct.Refused:
                    firstRefused = Math.Min(firstRefused, ended);
                    break;
                default:
                    revoking = Math.Min(revoking, begun);
                    revoked = Math.Min(revoked, ended);
                    break;
            }
        }

        if (lastLetIn > revoked) return $"A use that began at {lastLetIn} was let in; the revocation had been acknowledged at {revoked}.";
        if (firstRefused < revoking) return $"A use was refused at {firstRefused}; no revocation had begun.";
        if (lastLetIn > firstRefused) return $"A use that began at {lastLetIn} was let in; another had been refused at {firstRefused}.";
        return null;
    }
}
