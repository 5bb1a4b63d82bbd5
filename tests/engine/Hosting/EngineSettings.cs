namespace JamEmr.Tests.Engine.Hosting;

/// <summary>What a test may choose about the engine it starts; null leaves the host's own choice.</summary>
public sealed record EngineSettings
{
    /// <summary>How long a call waits for its answer.</summary>
    public TimeSpan? CallTimeout { get; init; }

    /// <summary>How long an activation may be idle before it is collected.</summary>
    public TimeSpan? IdleAge { get; init; }

    /// <summary>Storage made by an earlier host (<see cref="EngineHost.Storage"/>); null makes storage of its own, which
    /// goes when the host is disposed.</summary>
    public string? Storage { get; init; }

    /// <summary>Runs on the machine's own clock; a process that is going to be killed has no test beside it to move one.</summary>
    public bool SystemClock { get; init; }
}
