using JamEmr.Engine.Clustering.Security;
using JamEmr.Hosting;
using Orleans;

namespace JamEmr.Silo;

/// <summary>Front doors are who calls without the mark of a silo.</summary>
internal sealed class FrontDoors(SiloMark mark) : IFrontDoors
{
    /// <inheritdoc/>
    public bool HasSent(IIncomingGrainCallContext context) => !mark.IsTaken(context);
}
