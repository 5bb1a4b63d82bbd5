using JamEmr.Engine.Runtime;

namespace JamEmr.Engine.Hosting;

/// <summary>What a host may ask of its engine beside calls of grains.</summary>
public sealed class EngineControl
{
    private readonly GrainEngine _engine;

    internal EngineControl(GrainEngine engine) => _engine = engine;

    /// <summary>Completes when the engine's disk has taken a write, which comes after all that was handed in before.</summary>
    /// <exception cref="StorageUnavailableException">It does not take any.</exception>
    public async Task ProbeAsync() => await _engine.Store.ProbeAsync();

    /// <summary>Answers every call from outside that waits or runs now with an error, as a timeout would: what runs goes on, its outcome is
    /// unknown to the caller. For when nothing can be answered anyway.</summary>
    /// <param name="error">Makes the error; asked once for every call.</param>
    public void RefuseCalls(Func<Exception> error)
    {
        ArgumentNullException.ThrowIfNull(error);
        _engine.RefuseCalls(error);
    }
}
