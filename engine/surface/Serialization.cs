namespace JamEmr.Engine;

/// <summary>This type may be part of a message or a state.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;

/// <summary>The number of a member on the wire: never reused, never changed.</summary>
/// <param name="id">Unique within the type.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Class | AttributeTargets.Struct
    | AttributeTargets.Enum | AttributeTargets.Method)]
public sealed class IdAttribute(uint id) : Attribute
{
    /// <summary>The number.</summary>
    public uint Id { get; } = id;
}

/// <summary>The name of a type, interface or method on the wire: survives renaming in code.</summary>
/// <param name="alias">Unique among all types, or within the interface for a method.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface | AttributeTargets.Struct | AttributeTargets.Enum
    | AttributeTargets.Method, AllowMultiple = true)]
public sealed class AliasAttribute(string alias) : Attribute
{
    /// <summary>The name.</summary>
    public string Alias { get; } = alias;
}

/// <summary>Values of this type, member or parameter never change after they were made, so that they need no copying.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field | AttributeTargets.Property
    | AttributeTargets.Parameter | AttributeTargets.ReturnValue, Inherited = false)]
public sealed class ImmutableAttribute : Attribute;

/// <summary>Turns grain states into bytes and back; the service of this type is used for every state.</summary>
public interface IGrainStorageSerializer
{
    /// <summary>The bytes of a value.</summary>
    BinaryData Serialize<T>(T input);

    /// <summary>The value of bytes that <see cref="Serialize{T}"/> made.</summary>
    T Deserialize<T>(BinaryData input);
}
