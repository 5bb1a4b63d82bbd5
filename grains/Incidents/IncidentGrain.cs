using System.Globalization;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Practices;

namespace JamEmr.Incidents;

/// <inheritdoc cref="IIncidentGrain"/>
public sealed class IncidentGrain(
    [PersistentState("incident")] IPersistentState<Audited<IncidentState>> storage,
    AuditGate gate,
    TimeProvider time) : AuditedGrain<IncidentState>(storage, gate), IIncidentGrain
{
    private Guid Id => GrainKeys.IdOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task<IncidentRecord> ReportAsync(ReportIncident command) => AuditedAsync(AuditEvents.IncidentReported, async () =>
    {
        var now = time.GetUtcNow();
        var asked = IncidentRules.Normalize(command, now);
        var hash = GrainJson.Hash(asked);
        if (Current is { } known)
        {
            return string.Equals(known.CommandHash, hash, StringComparison.Ordinal)
                ? await ShowAsync(known.Record)
                : throw new DomainException(ErrorCode.Conflict, "Another incident is reported under this identifier.");
        }

        var practice = GrainFactory.GetGrain<IPracticeGrain>(GrainKeys.Of(Practice!.Value, "practice"));
        var record = IncidentRules.Report(Id, await practice.NextNumberAsync(IncidentRules.SeriesOf(now)), asked, Caller.ActorId, now);
        await GrainFactory.GetGrain<IIncidentRegistryGrain>(IncidentRegistryGrain.KeyOf(Practice!.Value)).AddAsync(Id);
        return await ChangeAsync(AuditEvents.IncidentReported, record, hash, null);
    });

    /// <inheritdoc/>
    public Task<IncidentRecord> GetAsync() => AuditedAsync(AuditEvents.IncidentRead, () => ShowAsync(Require().Record));

    /// <inheritdoc/>
    public Task<IncidentRecord> ClassifyAsync(ClassifyIncident command, int expectedVersion) =>
        AuditedAsync(AuditEvents.IncidentClassified, () =>
        {
            var state = Require();
            var (next, reason) = IncidentRules.Classify(state.Record, command, expectedVersion);
            return ChangeAsync(AuditEvents.IncidentClassified, next, state.CommandHash, reason);
        });

    /// <inheritdoc/>
    public Task<IncidentRecord> CloseAsync(CloseIncident command, int expectedVersion) => AuditedAsync(AuditEvents.IncidentClosed, () =>
    {
        var state = Require();
        var (next, resolution) = IncidentRules.Close(state.Record, command, expectedVersion);
        return ChangeAsync(AuditEvents.IncidentClosed, next, state.CommandHash, resolution);
    });

    /// <inheritdoc/>
    public Task<IncidentRecord?> PeekAsync() => Task.FromResult(Current?.Record);

    // The entry names the record that tells of it, and the record holds the hash of the incident without that entry.
    private async Task<IncidentRecord> ChangeAsync(AuditEvent what, IncidentRecord next, string commandHash, string? text)
    {
        var fact = Fact(what, next);
        var told = IncidentRules.Tell(next, fact, text);
        await CommitAsync(new IncidentState(told, commandHash), fact);
        return told;
    }

    private async Task<IncidentRecord> ShowAsync(IncidentRecord record)
    {
        await RecordAsync(Fact(AuditEvents.IncidentRead, record));
        return record;
    }

    private AuditRecord Fact(AuditEvent what, IncidentRecord record) => Gate.Record(
        what,
        record.Id.ToString("D"),
        contentHash: GrainJson.Hash(record),
        detail:
        [
            ("number", record.Number),
            ("status", record.Status.ToString()),
            ("category", record.Category.ToString()),
            ("severity", record.Severity?.ToString() ?? "none"),
            ("version", record.Version.ToString(CultureInfo.InvariantCulture)),
        ]);

    private IncidentState Require() => Current ?? throw new DomainException(ErrorCode.NotFound, "There is no such incident.");

    private Task<IncidentRecord> AuditedAsync(AuditEvent what, Func<Task<IncidentRecord>> work) => AuditedAsync(what, Id.ToString("D"), work);
}
