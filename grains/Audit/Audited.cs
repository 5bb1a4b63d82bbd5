using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using JamEmr.Common;

namespace JamEmr.Audit;

/// <summary>A state type's schema version. While a cluster is upgraded, the release before reads and writes what this one has written
/// (docs/adr/0022): so the version is raised by one when members come that an older write must be noticed by, and by two when the release
/// before must not touch the state at all. What is two versions ahead is never read.</summary>
public interface IVersionedState
{
    /// <summary>The version this build writes.</summary>
    static abstract int SchemaVersion { get; }
}

/// <summary>A grain's state together with the audit records of its last change, saved in one write: so a crash between the change and its
/// publication loses neither (DESIGN.md, Audit, rule 2).</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.audited`1")]
public sealed record Audited<TState> : IKeepsNewer
    where TState : class
{
    /// <summary>Schema version of the release that wrote <see cref="Value"/> last.</summary>
    [Id(0)]
    public int Schema { get; init; }

    /// <summary>The state; null before the first write.</summary>
    [Id(1)]
    public TState? Value { get; init; }

    /// <summary>Records of the last change. They may have been published already; the ledger holds each once.</summary>
    [Id(2)]
    public ImmutableArray<AuditRecord> Pending { get; init; } = [];

    /// <summary>The newest schema version among what is in <see cref="Value"/>; null where that is <see cref="Schema"/>.</summary>
    [Id(3)]
    public int? Newest { get; init; }

    /// <summary>The whole JSON, where the next release has put more into it than this one knows; it is stored as it is.</summary>
    [Id(4), JsonIgnore]
    public string? Whole { get; init; }

    /// <summary>The next value in the place of this one, with whatever the next release has put into this one.</summary>
    public Audited<TState> Next(int schema, TState value, ImmutableArray<AuditRecord> pending)
    {
        var newest = Math.Max(Newest ?? Schema, Schema);
        var next = new Audited<TState> { Schema = schema, Newest = newest > schema ? newest : null, Value = value, Pending = pending };
        if (Whole is null) return next;
        var type = GrainJson.TypeInfo<Audited<TState>>();
        var json = JsonSerializer.SerializeToNode(next, type);
        NewerMembers.Carry(JsonNode.Parse(Whole), json, type);
        return NewerMembers.IsIn(json, type) ? next with { Whole = json!.ToJsonString() } : next;
    }

    /// <summary>Whether a release with this schema version may read it.</summary>
    public bool IsReadableBy(int schema) => Math.Max(Newest ?? Schema, Schema) <= schema + 1;

    /// <inheritdoc/>
    object IKeepsNewer.Keeping(string whole) => this with { Whole = whole };
}
