namespace JamEmr.Access;

/// <summary>How long callers wait for methods that take longer than most when all is well. Everything else has the engine's own limit, which is
/// short in a cluster: what was asked of a silo in the moment it died is waited for that long.</summary>
public static class AnswerTimes
{
    /// <summary>Hashes a password, which is slow on purpose, and many may be hashed at once in the morning.</summary>
    public const string Password = "00:00:30";

    /// <summary>Asked while a process starts or stops, and does everything for the first time.</summary>
    public const string Start = "00:00:30";

    /// <summary>Runs a model.</summary>
    public const string Draft = "00:02:00";

    /// <summary>Waits for one that runs a model, and puts on the log what became of it.</summary>
    public const string AfterDraft = "00:02:15";
}
