using JamEmr.Audit;
using JamEmr.Errors;
using Microsoft.Extensions.Logging;

namespace JamEmr.Access;

/// <summary>
/// Stands before every grain method: who calls, from which practice, with which right (DESIGN.md, Access). What is not allowed is on the log
/// before it is refused. What only a grain knows, the grain adds.
/// </summary>
/// <remarks>Every refusal is a <see cref="DomainException"/>. A key of another practice looks like one that does not exist.</remarks>
public sealed class AccessFilter(PolicyTable policy, AuditGate gate, ILogger<AccessFilter> logger) : IIncomingGrainCallFilter
{
    private const int GuidLength = 36;

    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var rule = AccessRule.Of(context.InterfaceMethod);
        if (rule.Engine) return context.Invoke();
        // First of all: where nothing can be recorded, not even a refusal can.
        if (!gate.IsOpenForAll && gate.RefusesKey(context.TargetId.Key.ToString())) throw AuditGate.Unavailable();
        var refusal = rule.Permission is { } permission ? Judge(context, permission) : JudgeInternal(context, rule);
        return refusal is null ? context.Invoke() : RefuseAsync(context, rule, refusal);
    }

    private Refusal? Judge(IIncomingGrainCallContext context, Permission permission)
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
        return allowed ? null : Refusal.NotPermitted;
    }

    // Grains of one practice have no business with those of another; the system's own (sign-in, registry of practices) serve all.
    private static Refusal? JudgeInternal(IIncomingGrainCallContext context, AccessRule rule)
    {
        if (!rule.Internal) return Refusal.NoRule;
        if (context.SourceId is not { IsDefault: false } source || source.Type.ToString()!.StartsWith("sys.", StringComparison.Ordinal))
            return Refusal.Internal;
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

    private sealed record Refusal(string Reason, ErrorCode Code, string Message)
    {
        public static readonly Refusal NoCaller = new("no_caller", ErrorCode.Unauthenticated, "Sign in first.");
        public static readonly Refusal NotSignedIn = new("not_signed_in", ErrorCode.Unauthenticated, "Sign in first.");
        public static readonly Refusal OtherPractice = new("other_practice", ErrorCode.NotFound, "There is nothing here.");
        public static readonly Refusal NotPermitted =
            new("not_permitted", ErrorCode.Forbidden, "Your role, or your token's scopes, do not allow this. An administrator can change that.");

        public static readonly Refusal Internal = new("internal", ErrorCode.Forbidden, "This cannot be called from outside.");
        public static readonly Refusal NoRule = new("no_rule", ErrorCode.Forbidden, "Nobody may call this.");

        public DomainException ToException() => new(Code, Message);
    }
}
