using JamEmr.Audit;
using JamEmr.Ledger.Checkpoints;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace JamEmr.Silo;

/// <summary>Whether this silo can record and serve now.</summary>
internal sealed class SiloReadiness(IHostApplicationLifetime life, ISiloStatusOracle silo, AuditGateState gate, LedgerAlarm alarm)
{
    /// <summary>Why it is not ready, in a word; null when it is.</summary>
    public string? WhyNot()
    {
        if (life.ApplicationStopping.IsCancellationRequested) return "stopping";
        if (!life.ApplicationStarted.IsCancellationRequested || silo.CurrentStatus is not SiloStatus.Active) return "starting";
        if (alarm.IsRaised) return "log_damaged";
        return gate.IsOpenForAll ? null : "cannot_record";
    }
}
