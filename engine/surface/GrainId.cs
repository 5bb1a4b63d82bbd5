using System.Diagnostics.CodeAnalysis;

namespace JamEmr.Engine;

/// <summary>One part of an identity: text that is compared byte for byte.</summary>
[SuppressMessage("Design", "CA1036", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
[SuppressMessage("Design", "MA0097", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    private readonly string? _value;

    private IdSpan(string value) => _value = value;

    /// <summary>Whether this is the empty value.</summary>
    public bool IsDefault => string.IsNullOrEmpty(_value);

    /// <summary>Makes the value of a text.</summary>
    public static IdSpan Create(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return new IdSpan(id);
    }

    /// <inheritdoc/>
    public bool Equals(IdSpan other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value is null ? 0 : string.GetHashCode(_value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(IdSpan other) => string.CompareOrdinal(_value, other._value);

    /// <summary>The text.</summary>
    public override string ToString() => _value ?? "";

    /// <summary>Same text.</summary>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Another text.</summary>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);
}

/// <summary>The kind of a grain: its class name in lower case without the ending "grain".</summary>
[SuppressMessage("Design", "CA1036", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
[SuppressMessage("Design", "MA0097", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
public readonly struct GrainType : IEquatable<GrainType>, IComparable<GrainType>
{
    private GrainType(IdSpan value) => Value = value;

    /// <summary>The name.</summary>
    public IdSpan Value { get; }

    /// <summary>Whether this is the empty value.</summary>
    public bool IsDefault => Value.IsDefault;

    /// <summary>The type of this name.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new GrainType(IdSpan.Create(value));
    }

    /// <inheritdoc/>
    public bool Equals(GrainType other) => Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(GrainType other) => Value.CompareTo(other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value.ToString();

    /// <summary>Same type.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Another type.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);
}

/// <summary>The identity of a grain: what kind it is, and its key.</summary>
[SuppressMessage("Design", "CA1036", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
[SuppressMessage("Design", "MA0097", Justification = "The model has no comparison operators here; code using them would compile on one engine only.")]
public readonly struct GrainId : IEquatable<GrainId>, IComparable<GrainId>
{
    private GrainId(GrainType type, IdSpan key)
    {
        Type = type;
        Key = key;
    }

    /// <summary>What kind of grain.</summary>
    public GrainType Type { get; }

    /// <summary>Which one of its kind.</summary>
    public IdSpan Key { get; }

    /// <summary>Whether this is the empty value.</summary>
    public bool IsDefault => Type.IsDefault && Key.IsDefault;

    /// <summary>The identity of a type name and a key.</summary>
    public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

    /// <summary>The identity of a type and a key.</summary>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public static GrainId Create(GrainType type, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new GrainId(type, IdSpan.Create(key));
    }

    /// <summary>The identity of a type and a key.</summary>
    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="ArgumentException">The text has no type.</exception>
    public static GrainId Parse(string value) =>
        TryParse(value, out var id) ? id : throw new ArgumentException("The text is not 'type/key'.", nameof(value));

    /// <summary>Reads what <see cref="ToString"/> wrote; false when the text has no type.</summary>
    public static bool TryParse(string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        result = slash > 0 ? new GrainId(GrainType.Create(value![..slash]), IdSpan.Create(value[(slash + 1)..])) : default;
        return slash > 0;
    }

    /// <inheritdoc/>
    public bool Equals(GrainId other) => Key.Equals(other.Key) && Type.Equals(other.Type);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Key);

    /// <inheritdoc/>
    public int CompareTo(GrainId other) => Type.CompareTo(other.Type) is var order and not 0 ? order : Key.CompareTo(other.Key);

    /// <summary>The form <c>type/key</c>.</summary>
    public override string ToString() => $"{Type}/{Key}";

    /// <summary>Same grain.</summary>
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    /// <summary>Another grain.</summary>
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);
}
