namespace JamEmr.Hosting;

/// <summary>What the audit watch asks of the engine that runs the grains, where the engine can.</summary>
public interface IHostEngine
{
    /// <summary>Completes when the store of states and of the stream has taken a write, after all that was handed in before it. Any exception
    /// means that it takes none.</summary>
    Task ProbeAsync();

    /// <summary>Answers every call from outside that waits now with an error: nothing it waits for will come in time.</summary>
    void RefuseCalls(Func<Exception> error);
}
