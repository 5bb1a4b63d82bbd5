using JamEmr.Access;

namespace JamEmr.Operations;

/// <summary>Puts the life of the service on the system's log. Key <c>system/service</c>.</summary>
[Alias("jamemr.service")]
public interface IServiceGrain : IGrainWithStringKey
{
    /// <summary>The service starts; completes when that is in the ledger.</summary>
    [Requires(Permission.RunService), Alias("started"), ResponseTimeout(AnswerTimes.Start)]
    Task StartedAsync(ServiceFacts facts);

    /// <summary>The service stops in order; completes when that is in the ledger.</summary>
    [Requires(Permission.RunService), Alias("stopped"), ResponseTimeout(AnswerTimes.Start)]
    Task StoppedAsync(ServiceFacts facts);

    /// <summary>An alarm was raised or is over; completes when that is recorded.</summary>
    [Requires(Permission.RunService), Alias("alarm"), ResponseTimeout(AnswerTimes.Start)]
    Task AlarmAsync(AuditAlarm alarm);
}

/// <summary>What runs.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="ConfigurationHash">SHA-256 of the settings it runs with, hex; secrets are no part of them.</param>
[GenerateSerializer, Immutable, Alias("jamemr.service.facts")]
public sealed record ServiceFacts([property: Id(0)] string Version, [property: Id(1)] string ConfigurationHash);

/// <summary>An alarm of the log.</summary>
/// <param name="Log">Which log; the system's where it concerns all.</param>
/// <param name="Reason">A code, such as <c>ledger</c> or <c>behind</c>.</param>
/// <param name="Raised">Raised, or over.</param>
/// <param name="At">When that was noticed; the record may be later, since an alarm may mean that nothing can be recorded.</param>
[GenerateSerializer, Immutable, Alias("jamemr.service.alarm")]
public sealed record AuditAlarm(
    [property: Id(0)] string Log, [property: Id(1)] string Reason, [property: Id(2)] bool Raised, [property: Id(3)] DateTimeOffset At);
