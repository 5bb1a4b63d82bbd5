using System.Collections.Immutable;

namespace JamEmr.Audit;

/// <summary>A state type's schema version: raised when stored bytes change meaning. A newer version than this build knows is never read.</summary>
public interface IVersionedState
{
    /// <summary>The version this build writes.</summary>
    static abstract int SchemaVersion { get; }
}

/// <summary>A grain's state together with the audit records of its last change, saved in one write: so a crash between the change and its
/// publication loses neither (DESIGN.md, Audit, rule 2).</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.audited`1")]
public sealed record Audited<TState>
    where TState : class
{
    /// <summary>Schema version of <see cref="Value"/>.</summary>
    [Id(0)]
    public int Schema { get; init; }

    /// <summary>The state; null before the first write.</summary>
    [Id(1)]
    public TState? Value { get; init; }

    /// <summary>Records of the last change. They may have been published already; the ledger holds each once.</summary>
    [Id(2)]
    public ImmutableArray<AuditRecord> Pending { get; init; } = [];
}
