using JamEmr.Access;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tokens;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using ErrorCode = JamEmr.Errors.ErrorCode;

namespace JamEmr.Silo;

/// <summary>
/// Stands before all else on a silo for what comes from a front door. A front door proves with its certificate that it is one, and no more: whom it
/// says it calls for is asked of the session or the token that it names, and a caller whom neither established is nobody. The engine's own
/// requests (reminders, deliveries, timers) it cannot make.
/// </summary>
/// <remarks>The rules themselves are the access filter's, which comes next and puts refusals on the log.</remarks>
internal sealed partial class FrontDoorFilter(IGrainFactory grains, ILogger<FrontDoorFilter> logger) : IIncomingGrainCallFilter
{
    // The client that a silo has of its own, for what starts and stops with it.
    private const string OwnClient = "hosted-";

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.SourceId is { } source && source.IsClient() && !source.Key.ToString()!.StartsWith(OwnClient, StringComparison.Ordinal))
        {
            if (IsOrleans(context)) RequireHarmless(context);
            // Set here: what a method that it awaits sets ends with that method.
            else if (CallerContext.Current is { } caller && !await IsEstablishedAsync(caller, context)) CallerContext.Set(Nobody(caller, context));
        }

        await context.Invoke();
    }

    private Caller Nobody(Caller caller, IIncomingGrainCallContext context)
    {
        if (caller.Kind is not ActorKind.Anonymous) LogNobody(caller.Kind, context.MethodName);
        return Caller.Anonymous(caller.RemoteAddress ?? "unknown", caller.CorrelationId ?? "none");
    }

    private async Task<bool> IsEstablishedAsync(Caller caller, IIncomingGrainCallContext context) => caller switch
    {
        { Kind: ActorKind.User, Practice: { } practice, SessionId: { } session } =>
            await grains.GetGrain<IUserSessionGrain>(GrainKeys.Of(practice, session)).HasEstablishedAsync(caller),
        { Kind: ActorKind.Token, Practice: { } practice } =>
            await grains.GetGrain<IApiTokenGrain>(GrainKeys.Of(practice, caller.ActorId)).HasEstablishedAsync(caller),
        // For the code that an operator founds the first practice with.
        { Kind: ActorKind.System, Practice: null, Roles: [Role.Host] } => context.InterfaceMethod.DeclaringType == typeof(ISetupGrain),
        _ => false,
    };

    private static bool IsOrleans(IIncomingGrainCallContext context) =>
        context.InterfaceMethod.DeclaringType?.Assembly.GetName().Name?.StartsWith("Orleans.", StringComparison.Ordinal) is true;

    // A client's own traffic with a silo goes to system targets. Of what is asked of grains, it needs to withdraw a call and to see who is there.
    private void RequireHarmless(IIncomingGrainCallContext context)
    {
        if (context.Grain is not Grain
            || context.MethodName is "CancelRequestAsync" or nameof(IManagementGrain.GetHosts) or nameof(IManagementGrain.GetActivationAddress)) return;
        LogRefused(context.InterfaceName, context.MethodName);
        throw new DomainException(ErrorCode.Forbidden, "This cannot be called from outside.");
    }

    [LoggerMessage(3131, LogLevel.Critical,
        "A front door called {Method} for a {Kind} whom no session or token established. Find out which process holds a front door's certificate.")]
    private partial void LogNobody(ActorKind kind, string method);

    [LoggerMessage(3132, LogLevel.Critical, "A front door called {Interface}.{Method}, which is the engine's alone. Find out which process holds a front door's certificate.")]
    private partial void LogRefused(string @interface, string method);
}
