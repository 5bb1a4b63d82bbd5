using System.Collections.Immutable;
using System.Diagnostics;
using JamEmr.Access;

namespace JamEmr.Bench.Access;

/// <summary>What one decision of the policy costs, in nanoseconds: role, scopes and relation.</summary>
/// <param name="PersonNs">A person with every role.</param>
/// <param name="ProgramNs">A program with twenty scopes, asking for what needs three of them.</param>
internal sealed record PolicyDecisionFigures(double PersonNs, double ProgramNs);

/// <summary>Measures decisions of the policy alone, without the call they stand before. The median of rounds: one that was interrupted does not
/// count.</summary>
internal static class PolicyDecisions
{
    private const int Rounds = 15;
    private const int Decisions = 200_000;

    private static readonly ImmutableArray<string> s_resources =
        ["Patient", "Appointment", "Encounter", "Organization", "Practitioner", "Provenance", "Patient", "Appointment", "Encounter", "DocumentReference"];

    /// <summary>Measures.</summary>
    public static PolicyDecisionFigures Measure()
    {
        var policy = new PolicyTable();
        var person = new Caller(ActorKind.User, Guid.Empty, Guid.Empty, PolicyTable.AccountRoles, [], null, null, "", "");
        ImmutableArray<string> scopes =
        [
            .. s_resources
                .SelectMany(resource => new[] { $"system/{resource}.r", $"system/{resource}.s" }).Take(17),
            "system/Condition.r", "system/MedicationStatement.r", "system/AllergyIntolerance.r",
        ];
        var program = person with { Kind = ActorKind.Token, Roles = [Role.Clinical], Scopes = scopes };
        return new PolicyDecisionFigures(Median(policy, person), Median(policy, program));
    }

    private static double Median(PolicyTable policy, Caller caller)
    {
        var rounds = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var allowed = 0;
            var begun = Stopwatch.GetTimestamp();
            for (var i = 0; i < Decisions; i++)
            {
                if (policy.Allows(caller, Permission.ReadChart) && PolicyTable.Holds(Permission.ReadChart, Relation.Unrestricted)) allowed++;
            }

            rounds[round] = Stopwatch.GetElapsedTime(begun).TotalNanoseconds / Decisions;
            if (allowed != Decisions) throw new InvalidOperationException("The policy refused what it allows.");
        }

        Array.Sort(rounds);
        return rounds[Rounds / 2];
    }
}
