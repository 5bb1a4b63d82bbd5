using JamEmr.Access;
using JamEmr.Errors;
using Orleans.TestingHost;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>A grain with two activations: one that the directory has forgotten, and one that it knows.</summary>
/// <param name="First">Where the forgotten one lives.</param>
/// <param name="Second">Where the directory has it.</param>
internal sealed record Split(InProcessSiloHandle First, InProcessSiloHandle Second)
{
    private const int Patience = 5;

    /// <summary>Gives an active grain a second activation.</summary>
    /// <param name="host">The cluster.</param>
    /// <param name="caller">Who calls it.</param>
    /// <param name="key">Which grain.</param>
    /// <param name="touch">A call that changes nothing.</param>
    public static async Task<Split> OfAsync<TGrain>(GrainHost host, Caller caller, string key, Func<TGrain, Task> touch)
        where TGrain : IGrainWithStringKey
    {
        var cluster = host.Cluster;
        var grain = host.Grains.GetGrain<TGrain>(key).GetGrainId();
        var first = await cluster.SiloOfAsync(grain) ?? throw new InvalidOperationException("The grain is not active.");
        await cluster.ForgetAsync(grain);
        foreach (var silo in cluster.Silos.Where(silo => silo != first))
        {
            await TouchAsync(silo);
            if (await cluster.SiloOfAsync(grain) == silo) return new Split(first, silo);
        }

        // Each of them still knows where the first one is; a new one does not.
        var other = await cluster.AddAsync();
        await TouchAsync(other);
        Assert.Same(other, await cluster.SiloOfAsync(grain));
        return new Split(first, other);

        Task TouchAsync(InProcessSiloHandle silo) => GrainHost.CallByAsync(silo, caller, key, async (TGrain g) =>
        {
            await touch(g);
            return true;
        });
    }

    /// <summary>What a grain answers to a caller who, told to try again, does.</summary>
    public static async Task<T> InsistAsync<TGrain, T>(InProcessSiloHandle silo, Caller caller, string key, Func<TGrain, Task<T>> call)
        where TGrain : IGrainWithStringKey
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await GrainHost.CallByAsync(silo, caller, key, call);
            }
            catch (DomainException e) when (e.Code is ErrorCode.Unavailable && attempt < Patience)
            {
                // Refused, as what was overtaken is; another activation answers next.
            }
        }
    }
}
