namespace JamEmr.Access;

/// <summary>
/// The permission a caller needs for this grain method. Evaluated by the incoming-call filter before any grain code
/// runs; the grain adds what only it knows. Every grain interface method carries this or <see cref="InternalAttribute"/>;
/// the host refuses to start otherwise.
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
