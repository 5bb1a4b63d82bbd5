using Microsoft.Extensions.Logging;

namespace JamEmr.Engine.Runtime;

/// <summary>What the engine logs. Ids 1000 to 1049; grain types are named, keys never.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1000, LogLevel.Information, "Engine started with {Classes} grain classes")]
    public static partial void Started(ILogger logger, int classes);

    [LoggerMessage(1001, LogLevel.Information, "Engine stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1002, LogLevel.Warning, "Engine stopped without waiting longer for {Count} activations")]
    public static partial void StoppedInHaste(ILogger logger, int count);

    [LoggerMessage(1003, LogLevel.Warning, "A grain of type {GrainType} could not activate")]
    public static partial void ActivationFailed(ILogger logger, Exception error, string grainType);

    [LoggerMessage(1004, LogLevel.Warning, "A grain of type {GrainType} failed while it deactivated")]
    public static partial void DeactivationFailed(ILogger logger, Exception error, string grainType);

    [LoggerMessage(1005, LogLevel.Warning, "A timer of a grain of type {GrainType} failed")]
    public static partial void TimerFailed(ILogger logger, Exception error, string grainType);

    [LoggerMessage(1006, LogLevel.Warning, "A sequence of a grain of type {GrainType} failed while it ended")]
    public static partial void SequenceFailed(ILogger logger, Exception error, string grainType);

    [LoggerMessage(1007, LogLevel.Warning, "A call of {Method} on a grain of type {GrainType} was not answered in time")]
    public static partial void CallTimedOut(ILogger logger, string method, string grainType);

    [LoggerMessage(1008, LogLevel.Error, "The sweep for timeouts and idle grains failed")]
    public static partial void SweepFailed(ILogger logger, Exception error);
}
