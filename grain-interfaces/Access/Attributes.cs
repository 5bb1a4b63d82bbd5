namespace JamEmr.Access;

/// <summary>
/// The permission a caller needs for this grain method. Evaluated by the incoming-call filter before any grain code
/// runs; the grain adds what only it knows. Every grain interface method carries this,
/// <see cref="InternalAttribute"/> or <see cref="ApprovalRequiredAttribute"/>; the host refuses to start otherwise.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresAttribute(Permission permission) : Attribute
{
    /// <summary>The permission needed.</summary>
    public Permission Permission { get; } = permission;
}

/// <summary>A method only other grains may call; a call from outside the grains is refused whoever makes it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InternalAttribute : Attribute;

/// <summary>A method for people who proved their identity again within the last 5 minutes; judged by the incoming-call filter after the
/// permission. Others get <see cref="Errors.ErrorCode.ReauthenticationRequired"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StepUpAttribute : Attribute;

/// <summary>
/// The execution of a privileged operation (DESIGN.md, Access). Only an approval grain of the same practice may call it; whoever else does is
/// refused. Such a method takes the approval first, and executing it twice under the same approval changes nothing the second time.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ApprovalRequiredAttribute : Attribute;
