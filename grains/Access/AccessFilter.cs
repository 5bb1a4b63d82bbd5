using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamEmr.Access;

/// <summary>
/// Stands before every grain method: who calls, from which practice, with which right, and whether the session or token still stands
/// (DESIGN.md, Access). What is not allowed is on the log before it is refused. What only a grain knows, the grain adds.
/// </summary>
/// <remarks>Every refusal is a <see cref="DomainException"/>. A key of another practice looks like one that does not exist.</remarks>
public sealed class AccessFilter(
    PolicyTable policy, AuditGate gate, TimeProvider time, IServiceProvider services, ILogger<AccessFilter> logger, IFrontDoors? frontDoors = null)
    : IIncomingGrainCallFilter
{
    private const int GuidLength = 36;

    // The class name in lower case without "grain", on both engines.
    private const string ApprovalGrain = "approval";

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var rule = AccessRule.Of(context.InterfaceMethod);
        if (rule.Engine) return context.Invoke();
        // First of all: where nothing can be recorded, not even a refusal can.
        if (!gate.IsOpenForAll && gate.RefusesKey(context.TargetId.Key.ToString())) throw AuditGate.Unavailable();
        return frontDoors is not null && CallerContext.Current is { } claimed && frontDoors.HasSent(context)
            ? InvokeForAsync(claimed, context, rule)
            : InvokeAsync(context, rule, null);
    }

    // Before anything is judged, or put on the log, in the name of whom a front door says it calls for.
    private async Task InvokeForAsync(Caller claimed, IIncomingGrainCallContext context, AccessRule rule)
    {
        var standing = IsForSetUp(claimed, context) ? CallerStanding.Good : CallerStanding.Nobody;
        var isLatest = false;
        if (IsOfOnePractice(claimed, context) && EstablisherOf(claimed, context) is { } asked)
        {
            // What is asked in place is looked at here, once for the question and for the call. What is asked by a message, the filter of that message looks at.
            isLatest = asked.IsCalledBy(context);
            if (isLatest && context.Grain is IFenced fenced) await fenced.RequireLatestAsync();
            standing = await asked.StandingAsync(claimed);
            if (standing is CallerStanding.CutOff && asked.DecidesOfItself(context)) standing = CallerStanding.Good;
        }

        // Set here: what a method that it awaits sets ends with that method.
        if (standing is CallerStanding.Nobody) CallerContext.Set(Nobody(claimed, context));
        await InvokeAsync(context, rule, standing, isLatest);
    }

    private Task InvokeAsync(IIncomingGrainCallContext context, AccessRule rule, CallerStanding? standing, bool isLatest = false)
    {
        var refusal = rule.Permission is { } permission ? Judge(context, rule, permission) : JudgeInternal(context, rule);
        if (refusal is not null) return RefuseAsync(context, rule, refusal);
        // What another activation has overtaken answers nothing: the question goes to the store on every call, so that no method can forget it.
        var latest = !isLatest && context.Grain is IFenced fenced ? fenced.RequireLatestAsync() : Task.CompletedTask;
        var asked = rule.Permission is not null ? AskWhetherCutOff(context, standing) : null;
        return asked is null && latest.IsCompletedSuccessfully ? context.Invoke() : InvokeUnlessAsync(asked, latest, context, rule);
    }

    // What was revoked or ended while a request was under way gets no further than to the next grain.
    private async Task InvokeUnlessAsync(ValueTask<bool>? asked, Task latest, IIncomingGrainCallContext context, AccessRule rule)
    {
        var isCutOff = asked is { } question && await question;
        await latest;
        if (isCutOff) await RefuseAsync(context, rule, Refusal.CutOff);
        await context.Invoke();
    }

    // Null where nobody needs to be asked. The standing is what was asked already for this call; a call of another grain has none.
    private ValueTask<bool>? AskWhetherCutOff(IIncomingGrainCallContext context, CallerStanding? standing)
    {
        if (standing is { } known) return known is CallerStanding.CutOff ? new(true) : null;
        if (CallerContext.Current is not { } caller || EstablisherOf(caller, context) is not { } asked || asked.DecidesOfItself(context)) return null;
        return new(asked.IsCutOffAsync());
    }

    // For the code that an operator founds the first practice with. All else as the host itself is for who is it.
    private static bool IsForSetUp(Caller claimed, IIncomingGrainCallContext context) =>
        claimed is { Kind: ActorKind.System, Practice: null, Roles: [Role.Host] } && context.InterfaceMethod.DeclaringType == typeof(ISetupGrain);

    // The grain that is called asks, and asks those of its own practice only. No front door calls for one practice what is another's.
    private static bool IsOfOnePractice(Caller claimed, IIncomingGrainCallContext context) =>
        claimed.Practice is { } practice && HaveCommonHead(context.TargetId.Key.ToString()!, GrainKeys.Of(practice, claimed.ActorId));

    // Null where a caller names neither a session nor a token.
    private Establisher? EstablisherOf(Caller caller, IIncomingGrainCallContext context) => caller switch
    {
        { Kind: ActorKind.User, Practice: { } practice, SessionId: { } session } => new(Asked<IUserSessionGrain>(practice, session, context), null),
        { Kind: ActorKind.Token, Practice: { } practice } => new(null, Asked<IApiTokenGrain>(practice, caller.ActorId, context)),
        _ => null,
    };

    private Caller Nobody(Caller claimed, IIncomingGrainCallContext context)
    {
        if (claimed.Kind is not ActorKind.Anonymous) logger.FromNobody(claimed.Kind, context.MethodName);
        return Caller.Anonymous(claimed.RemoteAddress ?? "unknown", claimed.CorrelationId ?? "none");
    }

    // Of a call to the session or the token itself it is asked in place: a message to it would not come through while this call runs on an
    // activation that is to leave, and it leaves when this call has ended.
    private TGrain Asked<TGrain>(Guid practice, Guid id, IIncomingGrainCallContext context)
        where TGrain : IGrainWithStringKey
    {
        var key = GrainKeys.Of(practice, id);
        return context.Grain is TGrain own && string.Equals(context.TargetId.Key.ToString(), key, StringComparison.Ordinal)
            ? own
            : services.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(key);
    }

    private Refusal? Judge(IIncomingGrainCallContext context, AccessRule rule, Permission permission)
    {
        var caller = CallerContext.Current;
        if (caller is null) return Refusal.NoCaller;
        var key = context.TargetId.Key.ToString();
        var allowed = policy.Allows(caller, permission);
        if (caller.Practice is not { } practice)
        {
            if (allowed) return null;
            return caller.Kind is ActorKind.Anonymous ? Refusal.NotSignedIn : Refusal.NotPermitted;
        }

        if (!IsOf(key, practice)) return Refusal.OtherPractice;
        if (!allowed) return Refusal.NotPermitted;
        if (caller.Baa is BaaStatus.Ended && PolicyTable.IsOfPatients(permission)) return Refusal.BaaEnded;
        return rule.StepUp && !StepUp.IsFresh(caller, time.GetUtcNow()) ? Refusal.StepUp : null;
    }

    // Grains of one practice have no business with those of another; the system's own (sign-in, registry of practices) serve all.
    private static Refusal? JudgeInternal(IIncomingGrainCallContext context, AccessRule rule)
    {
        if (!rule.Internal) return Refusal.NoRule;
        if (context.SourceId is not { IsDefault: false } source || source.Type.ToString()!.StartsWith("sys.", StringComparison.Ordinal))
            return Refusal.Internal;
        if (rule.Approved && !string.Equals(source.Type.ToString(), ApprovalGrain, StringComparison.Ordinal)) return Refusal.NotApproved;
        return HaveCommonHead(source.Key.ToString(), context.TargetId.Key.ToString()) ? null : Refusal.OtherPractice;
    }

    private static bool IsOf(string key, Guid practice)
    {
        Span<char> head = stackalloc char[GuidLength + 1];
        practice.TryFormat(head, out _, "D");
        head[GuidLength] = '/';
        return key.AsSpan().StartsWith(head, StringComparison.Ordinal);
    }

    private static bool HaveCommonHead(string source, string target)
    {
        var from = HeadOf(source);
        var to = HeadOf(target);
        return from.SequenceEqual(to) || from is GrainKeys.System || to is GrainKeys.System;
    }

    private static ReadOnlySpan<char> HeadOf(string key) => key.AsSpan(0, Math.Max(0, key.IndexOf('/', StringComparison.Ordinal)));

    private async Task RefuseAsync(IIncomingGrainCallContext context, AccessRule rule, Refusal refusal)
    {
        if (CallerContext.Current is null) CallerContext.Set(Caller.Anonymous("unknown", "none"));
        var caller = CallerContext.Current!;
        var key = context.TargetId.Key.ToString();
        var isOwn = caller.Practice is { } practice && IsOf(key, practice);
        var record = gate.Record(
            AuditEvents.AccessRefused,
            isOwn ? key[(GuidLength + 1)..] : "unknown",
            outcome: AuditOutcome.Refused,
            reason: refusal.Reason,
            detail:
            [
                ("interface", context.InterfaceMethod.DeclaringType?.Name ?? "unknown"),
                ("method", context.InterfaceMethod.Name),
                ("permission", rule.Permission?.ToString() ?? "none"),
            ]);
        if (context.Grain is not Grain grain) throw AuditGate.Unavailable();
        await gate.PublishAsync(grain, caller.Practice?.ToString("D") ?? GrainKeys.System, [record]);
        logger.Refused(context.InterfaceMethod.DeclaringType?.Name ?? "unknown", context.InterfaceMethod.Name, refusal.Reason);
        throw refusal.ToException();
    }

    // The session or the token that established a caller.
    private readonly record struct Establisher(IUserSessionGrain? Session, IApiTokenGrain? Token)
    {
        public bool IsCalledBy(IIncomingGrainCallContext context) => ReferenceEquals(Session ?? (object?)Token, context.Grain);

        // A caller's own session, no other: a locked one can be unlocked.
        public bool DecidesOfItself(IIncomingGrainCallContext context) => Session is not null && IsCalledBy(context);

        public Task<bool> IsCutOffAsync() => Session is not null ? Session.IsCutOffAsync() : Token!.IsCutOffAsync();

        public Task<CallerStanding> StandingAsync(Caller claimed) => Session is not null ? Session.StandingAsync(claimed) : Token!.StandingAsync(claimed);
    }

    private sealed record Refusal(string Reason, ErrorCode Code, string Message)
    {
        public static readonly Refusal NoCaller = new("no_caller", ErrorCode.Unauthenticated, "Sign in first.");
        public static readonly Refusal NotSignedIn = new("not_signed_in", ErrorCode.Unauthenticated, "Sign in first.");
        public static readonly Refusal OtherPractice = new("other_practice", ErrorCode.NotFound, "There is nothing here.");
        public static readonly Refusal NotPermitted =
            new("not_permitted", ErrorCode.Forbidden, "Your role, or your token's scopes, do not allow this. An administrator can change that.");

        public static readonly Refusal StepUp = new("reauthentication_required", ErrorCode.ReauthenticationRequired, Access.StepUp.Message);
        public static readonly Refusal CutOff = new("cut_off", ErrorCode.Unauthenticated, "This session or token was ended meanwhile. Sign in again.");
        public static readonly Refusal NotApproved = new("not_approved", ErrorCode.ApprovalRequired, "This needs an approval: ask for it with POST /v1/approvals.");
        public static readonly Refusal BaaEnded = new(
            "baa_ended",
            ErrorCode.BaaRequired,
            "The practice's business associate agreement is over: patients' data is closed, but for its return. Record a new agreement.");

        public static readonly Refusal Internal = new("internal", ErrorCode.Forbidden, "This cannot be called from outside.");
        public static readonly Refusal NoRule = new("no_rule", ErrorCode.Forbidden, "Nobody may call this.");

        public DomainException ToException() => new(Code, Message);
    }
}
