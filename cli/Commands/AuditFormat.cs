using JamEmr.Audit;
using JamEmr.Ledger.Exports;

namespace JamEmr.Cli.Commands;

/// <summary>What records look like, by the catalogue of audit events.</summary>
internal static class AuditFormat
{
    /// <summary>The catalogue of this version.</summary>
    public static RecordFormat Records { get; } = new(AuditEvents.All.Values.Select(what => new EventRule(what.Code, what.Required)));
}
