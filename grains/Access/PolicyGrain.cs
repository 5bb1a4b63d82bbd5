using JamEmr.Audit;

namespace JamEmr.Access;

/// <inheritdoc cref="IPolicyGrain"/>
[StatelessWorker(4)]
public sealed class PolicyGrain(AuditGate gate, PolicyTable policy) : Grain, IPolicyGrain
{
    private const string Entity = "policy";

    /// <inheritdoc/>
    public async Task<PolicyRecord> GetAsync()
    {
        await gate.PublishAsync(this, [gate.Record(AuditEvents.PolicyRead, Entity, contentHash: policy.Hash)]);
        return PolicyWords.Tell(policy);
    }
}
