using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Identity;
using JamEmr.Notices;

namespace JamEmr.Patients;

/// <content>Who reaches the chart.</content>
public sealed partial class PatientGrain
{
    /// <inheritdoc/>
    public Task<RestrictionRecord> GetRestrictionAsync() => AuditedAsync(
        AuditEvents.RestrictionRead,
        Id.ToString("D"),
        async () =>
        {
            var record = RestrictionOf(Require());
            await RecordAsync(Fact(AuditEvents.RestrictionRead, record));
            return record;
        },
        Id);

    /// <inheritdoc/>
    public Task<RestrictionRecord> RestrictAsync(RestrictChart command, int expectedVersion) => AuditedAsync(
        AuditEvents.ChartRestricted,
        Id.ToString("D"),
        async () =>
        {
            var asked = RestrictionRules.Normalize(command);
            RestrictionRules.RequireNotForOneself(asked, Caller);
            var state = Require();
            var before = RestrictionOf(state);
            var next = RestrictionRules.Change(before, asked, expectedVersion, Caller.ActorId, time.GetUtcNow());
            await RequireCliniciansAsync(asked.CareTeam);
            await TellAsync(next);
            await CommitAsync(state with { Restriction = next }, next.Restriction is ChartRestriction.None
                ? Fact(AuditEvents.ChartReleased, next, ("before", before.Restriction.ToString()))
                : Fact(
                    AuditEvents.ChartRestricted,
                    next,
                    ("restriction", next.Restriction.ToString()),
                    ("careTeam", string.Join(',', next.CareTeam.Select(member => member.ToString("D"))))));
            return next;
        },
        Id);

    /// <inheritdoc/>
    public Task<PatientAccess?> AccessAsync() => Task.FromResult(
        Current is { } state ? new PatientAccess(RestrictionOf(state).Restriction, RestrictionOf(state).CareTeam) : null);

    private RestrictionRecord RestrictionOf(PatientState state) => state.Restriction ?? RestrictionRules.None(Id);

    private async Task RequireCliniciansAsync(ImmutableArray<Guid> team)
    {
        var found = await Task.WhenAll(team.Select(member =>
            GrainFactory.GetGrain<IUserGrain>(GrainKeys.Of(Practice!.Value, member)).ProviderAsync()));
        if (found.Contains(null)) throw Check.Invalid("/careTeam", "A care team is of enabled clinical accounts; at least one of these is not.");
    }

    // Before it counts. Where what follows fails, whoever was told finds nothing changed, and a repetition gives the same notice.
    private Task TellAsync(RestrictionRecord next) => GrainFactory.GetGrain<INoticesGrain>(GrainKeys.Of(Practice!.Value, "notices")).AddAsync(new Notice(
        Notice.IdOf(NoticeKind.ChartRestrictionChanged, Id, next.Version.ToString(CultureInfo.InvariantCulture)),
        NoticeKind.ChartRestrictionChanged,
        [Role.SecurityOfficer, Role.PrivacyOfficer],
        AuditEvents.ChartRestricted.EntityType,
        Id,
        time.GetUtcNow(),
        DueAt: null));

    private AuditRecord Fact(AuditEvent what, RestrictionRecord record, params ReadOnlySpan<(string Key, string Value)> detail) => Gate.Record(
        what,
        Id.ToString("D"),
        Id,
        contentHash: GrainJson.Hash(record),
        detail: [.. detail, ("version", record.Version.ToString(CultureInfo.InvariantCulture))]);
}
