using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Patients;

/// <summary>How charts are restricted, and what somebody is to a restricted one. Pure.</summary>
internal static class RestrictionRules
{
    /// <summary>The most members of a care team.</summary>
    public const int MaxCareTeam = 50;

    /// <summary>The request in its normal form: members each once, in order of their ids.</summary>
    public static RestrictChart Normalize(RestrictChart asked)
    {
        Check.Defined(asked.Restriction, "/restriction");
        ImmutableArray<Guid> team = asked.CareTeam.IsDefaultOrEmpty ? [] : [.. asked.CareTeam.Distinct().Order()];
        if (asked.Restriction is ChartRestriction.None)
        {
            return team.IsEmpty
                ? new RestrictChart(ChartRestriction.None, [])
                : throw Check.Invalid("/careTeam", "A chart without restriction has no care team. Leave it empty.");
        }

        // Nobody at all would mean that every visit begins with an emergency.
        return team.Length is >= 1 and <= MaxCareTeam
            ? asked with { CareTeam = team }
            : throw Check.Invalid("/careTeam", string.Create(CultureInfo.InvariantCulture, $"Name 1 to {MaxCareTeam} clinicians who reach the chart."));
    }

    /// <summary>Refuses who would open a chart to themself: by naming themself, or by releasing it where they treat patients too.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.Forbidden"/></exception>
    public static void RequireNotForOneself(RestrictChart asked, Caller caller)
    {
        if (asked.CareTeam.Contains(caller.ActorId))
            throw new DomainException(ErrorCode.Forbidden, "Nobody puts themself on a care team. Another Privacy Officer must.", "/careTeam");
        if (asked.Restriction is ChartRestriction.None && caller.Roles.Contains(Role.Clinical))
            throw new DomainException(ErrorCode.Forbidden, "A clinician does not release a chart, which would open it to them. Another Privacy Officer must.");
    }

    /// <summary>The restriction of a chart that never had one.</summary>
    public static RestrictionRecord None(Guid patient) => new(patient, ChartRestriction.None, [], null, null, 0);

    /// <summary>Changed at a known version.</summary>
    public static RestrictionRecord Change(RestrictionRecord current, RestrictChart asked, int expectedVersion, Guid by, DateTimeOffset now)
    {
        Check.Version(expectedVersion, current.Version);
        return current with
        {
            Restriction = asked.Restriction,
            CareTeam = asked.CareTeam,
            ChangedAt = now,
            ChangedBy = by,
            Version = current.Version + 1,
        };
    }

    /// <summary>What a caller is to a patient's chart. A program is on no care team, whatever its id, and never has an emergency.</summary>
    public static Relation RelationOf(PatientAccess access, Guid patient, Caller caller, DateTimeOffset now)
    {
        var relation = access.Restriction is ChartRestriction.None ? Relation.Unrestricted : Relation.None;
        if (caller.Kind is not ActorKind.User) return relation;
        if (access.CareTeam.Contains(caller.ActorId)) relation |= Relation.CareTeam;
        if (caller.BreakGlass is { } grant && grant.Patient == patient && now < grant.ExpiresAt) relation |= Relation.BreakGlass;
        return relation;
    }

    /// <summary>The refusal to who is not on the care team. Why the chart is restricted is not told.</summary>
    /// <param name="mayBreakGlass">Whether the caller may open it in an emergency.</param>
    public static DomainException Refusal(bool mayBreakGlass) => new(
        ErrorCode.ChartRestricted,
        mayBreakGlass
            ? "This chart is restricted to its care team. In an emergency open it with POST /v1/break-glass; the Privacy Officer will review that. Otherwise ask the Privacy Officer to add you to the care team."
            : "This chart is restricted to its care team. The Privacy Officer can change that.");
}
