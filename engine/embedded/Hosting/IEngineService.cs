namespace JamEmr.Engine.Hosting;

/// <summary>A part of the engine that works on its own (streams, reminders). Started in the order of registration once the
/// store is open and grains can be called, stopped in reverse order before the grains are.</summary>
internal interface IEngineService
{
    /// <summary>Resumes what the store says is pending.</summary>
    Task StartAsync(CancellationToken ct);

    /// <summary>Starts nothing new; completes when nothing of it is running.</summary>
    Task StopAsync(CancellationToken ct);
}
