namespace JamEmr.Tests.Engine.Hosting;

/// <summary>What a test may choose about the engine it starts.</summary>
public sealed record EngineSettings
{
    /// <summary>
    /// Calls time out after a short time, for tests about that. Otherwise they wait so long that no test gets there, however
    /// far it moves the clock.
    /// </summary>
    public bool Impatient { get; init; }

    /// <summary>Idle activations end after a short time, for tests about that. Otherwise they stay for so long that no test gets there where the engine
    /// goes by the machine's clock.</summary>
    public bool Fleeting { get; init; }

    /// <summary>Storage made by an earlier host (<see cref="EngineHost.Storage"/>); null makes storage of its own, which
    /// goes when the host is disposed.</summary>
    public string? Storage { get; init; }

    /// <summary>Runs on the machine's own clock; a process that is going to be killed has no test beside it to move one.</summary>
    public bool SystemClock { get; init; }
}
