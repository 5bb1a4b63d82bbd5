using JamEmr.Hosting;
using Orleans;
using Orleans.Runtime;

namespace JamEmr.Silo;

/// <summary>Front doors are a cluster's clients; what a silo starts and stops with comes by a client of its own.</summary>
internal sealed class FrontDoors : IFrontDoors
{
    private const string OwnClient = "hosted-";

    /// <inheritdoc/>
    public bool HasSent(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.SourceId is { } source && source.IsClient() && !source.Key.ToString()!.StartsWith(OwnClient, StringComparison.Ordinal);
    }
}
