using JamEmr.Access;
using JamEmr.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Grains.Audit;

/// <summary>Gates for tests that need no host.</summary>
internal static class Gates
{
    private static readonly AuditWatchOptions Options = new();

    /// <summary>One that makes records and is open.</summary>
    public static AuditGate Open() => new(
        TimeProvider.System,
        new PolicyTable(),
        new AuditGateState(Options),
        new AuditBacklog(TimeProvider.System, Options),
        new BoundedWrites(TimeProvider.System, Options),
        NullLogger<AuditGate>.Instance);
}
