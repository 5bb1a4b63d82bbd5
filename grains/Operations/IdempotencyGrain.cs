using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Operations;

/// <inheritdoc cref="IIdempotencyGrain"/>
public sealed class IdempotencyGrain(
    [PersistentState("idempotency")] IPersistentState<Audited<IdempotencyState>> storage,
    AuditGate gate,
    KeyedHash hash,
    TimeProvider time) : AuditedGrain<IdempotencyState>(storage, gate), IIdempotencyGrain
{
    /// <inheritdoc/>
    /// <remarks>A claim shows and changes nobody's data and leaves no record; what is created under it does, and so do refusals.</remarks>
    public Task<Guid> ClaimAsync(string operation, string requestHash) => AuditedAsync(AuditEvents.AccessRefused, "idempotency", async () =>
    {
        var relation = IdempotencyRules.IsOf(this.GetPrimaryKeyString(), Caller.ActorId) ? Relation.Own : Relation.None;
        if (!PolicyTable.Holds(Permission.ClaimIdempotencyKey, relation))
            throw new DomainException(ErrorCode.NotFound, "There is nothing here.");
        var route = Check.Text(operation, "/operation", 1, 200);
        IdempotencyRules.CheckHash(requestHash);
        // Keyed, because a request may hold a password, which a plain hash would let anyone guess at.
        var sealedHash = hash.Of("idempotency", requestHash);
        if (Current is { } state)
        {
            return string.Equals(state.Operation, route, StringComparison.Ordinal)
                && string.Equals(state.RequestHash, sealedHash, StringComparison.Ordinal)
                ? state.Id
                : throw new DomainException(ErrorCode.IdempotencyKeyReused, "This Idempotency-Key was used for another request. Use a new one.");
        }

        var now = time.GetUtcNow();
        var next = new IdempotencyState(route, sealedHash, Guid.CreateVersion7(now), now);
        await CommitAsync(next);
        return next.Id;
    });
}
