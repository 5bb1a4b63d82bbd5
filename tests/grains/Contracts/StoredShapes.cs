using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>What states are stored as, read from the code: which grain keeps which, its JSON members, the names of enum values.</summary>
internal static class StoredShapes
{
    /// <summary>Every grain's state: the name it is kept under, its type and its schema version.</summary>
    public static IReadOnlyList<(string Name, Type State, int Schema)> States { get; } =
    [
        .. from type in typeof(PolicyTable).Assembly.GetTypes()
           where type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract
           from parameter in type.GetConstructors().Single().GetParameters()
           let attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()
           where attribute is not null
           let state = parameter.ParameterType.GetGenericArguments()[0].GetGenericArguments()[0]
           orderby attribute.StateName
           select (attribute.StateName, state, (int)state.GetProperty(nameof(IVersionedState.SchemaVersion))!.GetValue(null)!),
    ];

    /// <summary>All of it.</summary>
    public static IEnumerable<FrozenBlock> Blocks()
    {
        var kept = States.Select(state => new FrozenBlock(
            $"state {state.Name}",
            [
                $"holds {WireContract.NameOf(state.State)}",
                .. Enumerable.Range(1, state.Schema).Select(version => string.Create(CultureInfo.InvariantCulture, $"schema {version}")),
            ]));
        var types = Reachable();
        var objects = types.Where(type => Info(type).Kind is JsonTypeInfoKind.Object).Select(Object);
        var enums = types.Where(type => type.IsEnum).Select(type => new FrozenBlock(
            $"enum {WireContract.NameOf(type)}", [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName).Order(StringComparer.Ordinal)]));
        return kept.Concat(objects).Concat(enums).OrderBy(block => block.Heading, StringComparer.Ordinal);
    }

    /// <summary>The heading of an object's block.</summary>
    public static string HeadingOf(Type type) => $"object {WireContract.NameOf(IsEnvelope(type) ? typeof(Audited<>) : type)}";

    /// <summary>A member's fact.</summary>
    public static string FactOf(JsonPropertyInfo property) =>
        $"{property.Name}: {WireContract.NameOf(property.PropertyType)}{(CanBeRead(property) ? "" : ", written only")}";

    /// <summary>Every type that a stored state consists of.</summary>
    public static IReadOnlyList<Type> Reachable()
    {
        var seen = new List<Type>();
        foreach (var state in States) Add(StoredType(state.State));
        // Each state has the same envelope; one stands for all.
        var envelopes = seen.Where(IsEnvelope).ToList();
        return [.. seen.Except(envelopes.Skip(1))];

        void Add(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (seen.Contains(type)) return;
            var info = Info(type);
            if (info.Kind is JsonTypeInfoKind.Object || type.IsEnum) seen.Add(type);
            if (info.KeyType is { } key) Add(key);
            if (info.ElementType is { } element) Add(element);
            foreach (var property in info.Properties) Add(property.PropertyType);
        }
    }

    /// <summary>What a state is stored as.</summary>
    public static Type StoredType(Type state) => typeof(Audited<>).MakeGenericType(state);

    /// <summary>The JSON metadata of a type.</summary>
    public static JsonTypeInfo Info(Type type) => GrainJson.Options.GetTypeInfo(type);

    /// <summary>A stored value with every member filled, the same on every machine.</summary>
    public static JsonNode Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var info = Info(type);
        if (type.IsEnum) return JsonValue.Create(JsonNamingPolicy.CamelCase.ConvertName(Enum.GetNames(type)[^1]));
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => new JsonObject(info.Properties.Where(CanBeRead).Select(property => KeyValuePair.Create(property.Name, (JsonNode?)Sample(property.PropertyType)))),
            JsonTypeInfoKind.Enumerable => new JsonArray(Sample(info.ElementType!)),
            JsonTypeInfoKind.Dictionary => new JsonObject([KeyValuePair.Create("key", (JsonNode?)Sample(info.ElementType!))]),
            _ => Scalar(type),
        };
    }

    private static JsonValue Scalar(Type type) => type.Name switch
    {
        nameof(String) => JsonValue.Create("text")!,
        nameof(Boolean) => JsonValue.Create(true),
        nameof(Int32) or nameof(Int64) => JsonValue.Create(7),
        nameof(Double) => JsonValue.Create(0.5),
        nameof(Guid) => JsonValue.Create("0195d3f0-0000-7000-8000-0000000000aa")!,
        nameof(DateOnly) => JsonValue.Create("2026-03-09")!,
        nameof(TimeOnly) => JsonValue.Create("14:30:15")!,
        nameof(TimeSpan) => JsonValue.Create("00:15:00")!,
        nameof(DateTimeOffset) => JsonValue.Create("2026-03-09T14:30:15.25+00:00")!,
        _ => throw new NotSupportedException($"No sample of {type} is known; say here what one looks like in JSON."),
    };

    private static bool CanBeRead(JsonPropertyInfo property) => property.Set is not null || property.AssociatedParameter is not null;

    private static FrozenBlock Object(Type type)
    {
        var facts = Info(type).Properties.Where(property => property.Get is not null).Select(property => IsEnvelope(type) && property.PropertyType.IsAssignableTo(typeof(IVersionedState))
            ? $"{property.Name}: TState"
            : FactOf(property));
        return new FrozenBlock(HeadingOf(type), [.. facts.Order(StringComparer.Ordinal)]);
    }

    private static bool IsEnvelope(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Audited<>);
}
