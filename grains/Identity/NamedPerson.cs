using System.Runtime.InteropServices;
using JamEmr.Common;
using JamEmr.Practices;

namespace JamEmr.Identity;

/// <summary>Whom somebody not signed in says to be. Who does not exist is looked up all the same, under ids that stand in, so that it takes the
/// same way and the same time.</summary>
/// <param name="Practice">The practice, or null when there is none of that code.</param>
/// <param name="User">The account, or null when there is none of that login.</param>
/// <param name="PracticeOrStandIn">The id to go on with.</param>
/// <param name="UserOrStandIn">The id to go on with.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NamedPerson(Guid? Practice, Guid? User, Guid PracticeOrStandIn, Guid UserOrStandIn)
{
    /// <summary>The log that tells of them: the practice's where there is one, else the system's, since strangers make no logs.</summary>
    public string Log => Practice?.ToString("D") ?? GrainKeys.System;

    /// <summary>Looks them up.</summary>
    public static async Task<NamedPerson> FindAsync(IGrainFactory grains, KeyedHash hash, string practiceCode, string login)
    {
        var found = await grains.GetGrain<IPracticeRegistryGrain>(GrainKeys.OfSystem("practices")).FindAsync(practiceCode);
        var practice = found ?? SignInRules.StandIn(hash, practiceCode);
        var user = await grains.GetGrain<IUserRegistryGrain>(GrainKeys.Of(practice, "users")).FindAsync(login);
        return new NamedPerson(found, user, practice, user ?? SignInRules.StandIn(hash, $"{practiceCode}\0{login}"));
    }

    /// <summary>Takes an attempt at their secret.</summary>
    /// <param name="address">Where it comes from, as the front door saw it.</param>
    public Task<Attempt> BeginAttemptAsync(IGrainFactory grains, KeyedHash hash, AttemptKind kind, string address) =>
        Attempt.BeginAsync(grains, kind, PracticeOrStandIn, UserOrStandIn, Attempt.HashOf(hash, address));

    /// <summary>Their account, or what stands in for it.</summary>
    public IUserGrain Account(IGrainFactory grains) => grains.GetGrain<IUserGrain>(GrainKeys.Of(PracticeOrStandIn, UserOrStandIn));
}
