using JamEmr.Errors;
using JamEmr.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using ErrorCode = JamEmr.Errors.ErrorCode;

namespace JamEmr.Silo;

/// <summary>
/// Stands before all else on a silo for what comes from a front door, and refuses it the engine's own requests: reminders, deliveries, timers,
/// management. Of the grains' own interfaces the access filter judges, which comes next.
/// </summary>
internal sealed partial class FrontDoorFilter(IFrontDoors frontDoors, ILogger<FrontDoorFilter> logger) : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (IsOrleans(context) && !IsHarmless(context) && frontDoors.HasSent(context))
        {
            LogRefused(context.InterfaceName, context.MethodName);
            throw new DomainException(ErrorCode.Forbidden, "This cannot be called from outside.");
        }

        return context.Invoke();
    }

    private static bool IsOrleans(IIncomingGrainCallContext context) =>
        context.InterfaceMethod.DeclaringType?.Assembly.GetName().Name?.StartsWith("Orleans.", StringComparison.Ordinal) is true;

    // A client's own traffic with a silo goes to system targets. Of what is asked of grains, it needs to withdraw a call and to see who is there.
    private static bool IsHarmless(IIncomingGrainCallContext context) =>
        context.Grain is not Grain
        || context.MethodName is "CancelRequestAsync" or nameof(IManagementGrain.GetHosts) or nameof(IManagementGrain.GetActivationAddress);

    [LoggerMessage(3131, LogLevel.Critical, "A front door called {Interface}.{Method}, which is the engine's alone. Find out which process holds a front door's certificate.")]
    private partial void LogRefused(string @interface, string method);
}
