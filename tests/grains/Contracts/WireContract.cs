using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using JamEmr.Access;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>What processes of a cluster say to one another, read from the code: interfaces, methods, messages, values.</summary>
internal static class WireContract
{
    private static readonly Assembly[] Ours = [typeof(Caller).Assembly, typeof(PolicyTable).Assembly];

    /// <summary>Every message, state and error of ours.</summary>
    public static IReadOnlyList<Type> Messages { get; } = [.. Ours.SelectMany(a => a.GetTypes()).Where(type => type.IsDefined(typeof(GenerateSerializerAttribute)))];

    /// <summary>Every grain interface of ours.</summary>
    public static IReadOnlyList<Type> Interfaces { get; } =
        [.. Ours.SelectMany(a => a.GetTypes()).Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type))];

    private static IEnumerable<Type> Classes => Ours.SelectMany(a => a.GetTypes()).Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract);

    /// <summary>The whole contract.</summary>
    public static IEnumerable<FrozenBlock> Blocks() =>
        Interfaces.Select(Interface).Concat(Messages.Select(Message)).Concat(Enums().Select(Enum)).OrderBy(block => block.Heading, StringComparer.Ordinal);

    /// <summary>The members that travel, by their number.</summary>
    public static IEnumerable<(uint Id, PropertyInfo Property)> Members(Type type) =>
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let id = property.GetCustomAttribute<IdAttribute>()
        where id is not null
        orderby id.Id
        select (id.Id, property);

    /// <summary>A type's name on the wire.</summary>
    public static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return $"{NameOf(inner)}?";
        if (type.IsGenericParameter) return type.Name;
        if (!type.IsGenericType) return type.GetCustomAttribute<AliasAttribute>()?.Alias ?? (type.IsPrimitive || type.Namespace == nameof(System) ? Lower(type.Name) : type.FullName!);
        var arguments = string.Join(", ", type.GetGenericArguments().Select(NameOf));
        var open = type.GetGenericTypeDefinition();
        return open == typeof(ImmutableArray<>) ? $"[{arguments}]" : $"{(open.GetCustomAttribute<AliasAttribute>()?.Alias ?? open.Name).Split('`')[0]}<{arguments}>";
    }

    /// <summary>The heading of a grain interface's block.</summary>
    public static string HeadingOf(Type type) => $"interface {type.GetCustomAttribute<AliasAttribute>()?.Alias}";

    /// <summary>The heading of a message's block.</summary>
    public static string MessageHeading(Type type) => $"message {type.GetCustomAttribute<AliasAttribute>()?.Alias}";

    /// <summary>A member's fact.</summary>
    public static string FactOf(uint id, PropertyInfo property) => string.Create(CultureInfo.InvariantCulture, $"{id} {property.Name}: {NameOf(property.PropertyType)}");

    /// <summary>A method's fact.</summary>
    public static string FactOf(MethodInfo method)
    {
        var parameters = method.GetParameters().Select(parameter => parameter.ParameterType == typeof(CancellationToken) ? "cancellation" : NameOf(parameter.ParameterType));
        var result = method.ReturnType.IsGenericType ? $" -> {NameOf(method.ReturnType.GetGenericArguments()[0])}" : "";
        return $"method {method.GetCustomAttribute<AliasAttribute>()?.Alias}({string.Join(", ", parameters)}){result}";
    }

    private static FrozenBlock Interface(Type type)
    {
        // A grain's type is part of its identity: in the directory, in reminders, in every reference that is kept.
        var grains = Classes.Where(type.IsAssignableFrom).ToList();
        var facts = grains.Select(grain => $"grain {GrainTypeOf(grain)}")
            .Concat(grains.SelectMany(Reminders).Select(name => $"reminder {name}"))
            .Concat(type.GetMethods().Select(FactOf).Order(StringComparer.Ordinal));
        return new FrozenBlock(HeadingOf(type), [.. facts]);
    }

    private static FrozenBlock Message(Type type) => new(MessageHeading(type), [.. Members(type).Select(member => FactOf(member.Id, member.Property))]);

    private static FrozenBlock Enum(Type type) => new(
        $"enum {NameOf(type)}",
        [.. System.Enum.GetValues(type).Cast<object>().Select(value => $"{System.Enum.Format(type, value, "D")} {value}")]);

    // By Orleans' convention, which the embedded engine follows.
    private static string GrainTypeOf(Type grain)
    {
        var name = Lower(grain.Name);
        return name.EndsWith("grain", StringComparison.Ordinal) ? name[..^"grain".Length] : name;
    }

    private static IEnumerable<string> Reminders(Type grain) =>
        from field in grain.GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static)
        where field.IsLiteral && field.FieldType == typeof(string) && field.Name.EndsWith("Reminder", StringComparison.Ordinal)
        orderby field.Name
        select (string)field.GetRawConstantValue()!;

    private static IEnumerable<Type> Enums()
    {
        var travelling = Messages.SelectMany(type => Members(type).Select(member => member.Property.PropertyType))
            .Concat(Interfaces.SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType)));
        return travelling.SelectMany(Parts).Where(type => type.IsEnum).Distinct();

        static IEnumerable<Type> Parts(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];
    }

    private static string Lower(string name) => name.ToLowerInvariant();
}
