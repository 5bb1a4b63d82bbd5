using System.Globalization;
using JamEmr.Audit;

namespace JamEmr.Operations;

/// <inheritdoc cref="IServiceGrain"/>
public sealed class ServiceGrain(
    [PersistentState("service")] IPersistentState<Audited<ServiceState>> storage,
    AuditGate gate) : AuditedGrain<ServiceState>(storage, gate), IServiceGrain
{
    private const string Entity = "service";

    /// <inheritdoc/>
    public async Task StartedAsync(ServiceFacts facts)
    {
        var started = Gate.Record(
            AuditEvents.ServiceStarted, Entity, detail: [("version", facts.Version), ("configuration", facts.ConfigurationHash)]);
        var before = Current?.ConfigurationHash ?? facts.ConfigurationHash;
        AuditRecord[] records = string.Equals(before, facts.ConfigurationHash, StringComparison.Ordinal)
            ? [started]
            : [started, Gate.Record(AuditEvents.ServiceConfigured, Entity, detail: [("configuration", facts.ConfigurationHash), ("previous", before)])];
        await CommitAsync(new ServiceState(facts.ConfigurationHash), records);
        await Sink.WaitForAsync(records[^1].Id);
    }

    /// <inheritdoc/>
    public async Task StoppedAsync(ServiceFacts facts)
    {
        var stopped = Gate.Record(AuditEvents.ServiceStopped, Entity, detail: [("version", facts.Version)]);
        await RecordAsync(stopped);
        await Sink.WaitForAsync(stopped.Id);
    }

    /// <inheritdoc/>
    public Task AlarmAsync(AuditAlarm alarm) => RecordAsync(Gate.Record(
        alarm.Raised ? AuditEvents.AuditAlarmRaised : AuditEvents.AuditAlarmCleared,
        alarm.Log,
        reason: alarm.Reason,
        detail: [("at", alarm.At.ToString("O", CultureInfo.InvariantCulture))]));

    private IAuditSinkGrain Sink => GrainFactory.GetGrain<IAuditSinkGrain>(GrainKeys.OfSystem(AuditStream.KeyName));
}
