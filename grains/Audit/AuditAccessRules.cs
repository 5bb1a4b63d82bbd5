using System.Collections.Immutable;
using JamEmr.Ledger;

namespace JamEmr.Audit;

/// <summary>Counts of one actor.</summary>
/// <param name="Actor">As the ledger writes it.</param>
/// <param name="Kinds">By event and outcome.</param>
/// <param name="HasOthers">Whether the actor left records that are no access as well.</param>
internal sealed record ActorLines(string Actor, ImmutableArray<AccessKind> Kinds, bool HasOthers);

/// <summary>What counts as access to a patient. Pure.</summary>
internal static class AuditAccessRules
{
    private static readonly string LogReaders = AuditEvents.AuditRead.Code[..(AuditEvents.AuditRead.Code.IndexOf('.', StringComparison.Ordinal) + 1)];

    /// <summary>A patient's records by actor, in order of actors. Whoever reads the log about a patient sees identifiers, nothing of the chart:
    /// such records are no access.</summary>
    public static IEnumerable<ActorLines> ByActor(IReadOnlyList<LedgerCount> lines) => lines
        .GroupBy(line => line.ActorId ?? Guid.Empty.ToString("D"), StringComparer.Ordinal)
        .OrderBy(actor => actor.Key, StringComparer.Ordinal)
        .Select(actor => new ActorLines(actor.Key, KindsOf(actor.Where(IsAccess)), !actor.All(IsAccess)))
        .Where(actor => !actor.Kinds.IsEmpty);

    private static ImmutableArray<AccessKind> KindsOf(IEnumerable<LedgerCount> lines) =>
    [
        .. lines.GroupBy(line => (line.EventCode, line.Action, line.Outcome))
            .OrderBy(kind => kind.Key.EventCode, StringComparer.Ordinal)
            .ThenBy(kind => kind.Key.Outcome, StringComparer.Ordinal)
            .Select(kind => new AccessKind(
                kind.Key.EventCode!,
                AuditTrailRules.Member<AuditAction>(kind.Key.Action!),
                AuditTrailRules.Member<AuditOutcome>(kind.Key.Outcome!),
                kind.Sum(line => line.Count))),
    ];

    private static bool IsAccess(LedgerCount line) => !line.EventCode!.StartsWith(LogReaders, StringComparison.Ordinal);
}
