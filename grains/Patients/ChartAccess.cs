using JamEmr.Access;

namespace JamEmr.Patients;

/// <summary>Asked by every grain that holds a part of a patient's chart, before it shows or changes anything.</summary>
public sealed class ChartAccess(PolicyTable policy, TimeProvider time)
{
    /// <summary>Refuses who does not reach the chart of a patient. Asked anew at each call: a restriction counts from the moment it is
    /// acknowledged.</summary>
    /// <param name="grains">The asking grain's.</param>
    /// <param name="practice">The asking grain's.</param>
    /// <param name="patient">Whose chart.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="permission">For what.</param>
    /// <param name="pointer">The field that names the patient, where a request does.</param>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.ChartRestricted"/>, or <see cref="Errors.ErrorCode.NotFound"/>
    /// where no such patient is registered.</exception>
    public async Task RequireAsync(IGrainFactory grains, Guid practice, Guid patient, Caller caller, Permission permission, string? pointer = null)
    {
        ArgumentNullException.ThrowIfNull(grains);
        var access = await grains.GetGrain<IPatientGrain>(GrainKeys.Of(practice, patient)).AccessAsync() ?? throw PatientRules.NotFound(pointer);
        var relation = RestrictionRules.RelationOf(access, patient, caller, time.GetUtcNow());
        // Whether the caller answers for the note is the note's question, not the chart's.
        relation |= Relation.Responsible;
        if (PolicyTable.Holds(permission, relation & ~Relation.BreakGlass)) return;
        // What was stopped a moment ago opens nothing any more to a request that was under way.
        if (!PolicyTable.Holds(permission, relation)
            || !await grains.GetGrain<IBreakGlassGrain>(GrainKeys.Of(practice, caller.BreakGlass!.Id)).IsInForceAsync(caller.ActorId, patient))
        {
            throw RestrictionRules.Refusal(policy.Allows(caller, Permission.BreakGlass));
        }
    }
}
