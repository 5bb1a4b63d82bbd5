using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Security;
using JamEmr.Errors;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using ErrorCode = JamEmr.Errors.ErrorCode;

namespace JamEmr.Silo;

/// <summary>
/// Stands before all else on a silo for what no silo sent, and refuses it two things: to come in the name of anybody but a client, and the engine's
/// own requests, whether they go to grains or to the silo itself: reminders, deliveries, timers, migration, membership, the directory, management.
/// Of the grains' own interfaces the access filter judges, which comes next.
/// </summary>
internal sealed partial class FrontDoorFilter(SiloMark mark, ILogger<FrontDoorFilter> logger) : IIncomingGrainCallFilter
{
    private const string Own = "hosted-";
    private const string Timer = "Orleans.Runtime.GrainTimer+TimerTickInvoker";
    private const string Manifest = "Orleans.Runtime.IClusterManifestSystemTarget";
    private const string Cancellation = "Orleans.Runtime.IGrainCallCancellationExtension";

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (mark.Take(context) || IsTimer(context)) return context.Invoke();
        if (!IsOfClient(context.SourceId))
        {
            LogForged(context.InterfaceName, context.MethodName);
            throw Refused();
        }

        if (IsOfEngine(context) && !IsNeeded(context))
        {
            LogRefused(context.InterfaceName, context.MethodName);
            throw Refused();
        }

        return context.Invoke();
    }

    // A grain's timer sends its grain an object that is made in this process and cannot be written into a message.
    private static bool IsTimer(IIncomingGrainCallContext context) =>
        context.SourceId == context.TargetId && string.Equals(context.Request.GetType().FullName, Timer, StringComparison.Ordinal);

    // What a silo's own host calls bears the mark.
    private static bool IsOfClient(GrainId? source) =>
        source is { } known && known.IsClient() && !known.Key.ToString()!.StartsWith(Own, StringComparison.Ordinal);

    private static bool IsOfEngine(IIncomingGrainCallContext context) =>
        context.InterfaceMethod?.DeclaringType is not { } type
        || OrleansTypes.Include(type)
        || type.Assembly.GetName().Name is not { } name
        || name.StartsWith("JamEmr.Engine.", StringComparison.Ordinal);

    // What Orleans' client asks to find grains, to withdraw a call of its own, and what a front door's readiness and a release's tests ask.
    private static bool IsNeeded(IIncomingGrainCallContext context) => (context.InterfaceMethod?.DeclaringType?.FullName, context.MethodName) switch
    {
        (Manifest, "GetClusterManifest" or "GetClusterManifestUpdate") => true,
        (Cancellation, "CancelRequestAsync") => context.Request.GetArgument(0) is GrainId sender && sender == context.SourceId,
        ("Orleans.Runtime.IManagementGrain", nameof(IManagementGrain.GetHosts) or nameof(IManagementGrain.GetActivationAddress)) => true,
        _ => false,
    };

    private static DomainException Refused() => new(ErrorCode.Forbidden, "This cannot be called from outside.");

    [LoggerMessage(3131, LogLevel.Critical, "A front door called {Interface}.{Method}, which is the engine's alone. Find out which process holds a front door's certificate.")]
    private partial void LogRefused(string @interface, string method);

    [LoggerMessage(3132, LogLevel.Critical, "A front door called {Interface}.{Method} in the name of a grain or a silo. Find out which process holds a front door's certificate.")]
    private partial void LogForged(string @interface, string method);
}
