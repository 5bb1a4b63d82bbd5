using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace JamEmr.Common;

/// <summary>
/// What the next release has put into a stored value and this one does not know: it is not read, and it is not lost either when this release
/// stores the value again. Pure; docs/adr/0022.
/// </summary>
/// <remarks>A member belongs to the object it stood in. That is found again by its place; in a list by its <c>id</c>, or by what it says
/// where it has none. An object that is gone, or now has another id, takes its newer members with it.</remarks>
internal static class NewerMembers
{
    private const string Id = "id";

    /// <summary>Whether there is anything in the stored form that the type does not know.</summary>
    public static bool IsIn(JsonNode? stored, JsonTypeInfo type) => (stored, type.Kind) switch
    {
        (JsonObject from, JsonTypeInfoKind.Object) => from.Any(member => Find(type, member.Key) is not { } known || IsIn(member.Value, TypeOf(type, known.PropertyType))),
        (JsonObject from, JsonTypeInfoKind.Dictionary) => from.Any(member => IsIn(member.Value, TypeOf(type, type.ElementType!))),
        (JsonArray from, JsonTypeInfoKind.Enumerable) => from.Any(item => IsIn(item, TypeOf(type, type.ElementType!))),
        _ => false,
    };

    /// <summary>Adds to a value's new form what its stored one had besides.</summary>
    /// <param name="stored">As it was read.</param>
    /// <param name="next">As this release writes it.</param>
    /// <param name="type">What this release knows of it.</param>
    public static void Carry(JsonNode? stored, JsonNode? next, JsonTypeInfo type)
    {
        switch (stored, next, type.Kind)
        {
            case (JsonObject from, JsonObject to, JsonTypeInfoKind.Object) when IsSame(from, to):
                foreach (var (name, value) in from)
                {
                    if (Find(type, name) is { } known) Carry(value, to[name], TypeOf(type, known.PropertyType));
                    else to[name] = value?.DeepClone();
                }

                break;
            case (JsonObject from, JsonObject to, JsonTypeInfoKind.Dictionary):
                foreach (var (name, value) in from) Carry(value, to[name], TypeOf(type, type.ElementType!));
                break;
            case (JsonArray from, JsonArray to, JsonTypeInfoKind.Enumerable):
                CarryItems(from, to, TypeOf(type, type.ElementType!));
                break;
        }
    }

    private static void CarryItems(JsonArray from, JsonArray to, JsonTypeInfo type)
    {
        var open = to.ToList();
        foreach (var stored in from.Where(item => IsIn(item, type)))
        {
            var known = Known(stored, type);
            var at = stored is JsonObject { } item && item.TryGetPropertyValue(Id, out var id)
                ? open.FindIndex(other => other is JsonObject o && JsonNode.DeepEquals(o[Id], id))
                : open.FindIndex(other => JsonNode.DeepEquals(other, known));
            if (at < 0) continue;
            Carry(stored, open[at], type);
            open.RemoveAt(at);
        }
    }

    private static bool IsSame(JsonObject from, JsonObject to) => from[Id] is not { } id || to[Id] is not { } other || JsonNode.DeepEquals(id, other);

    private static JsonNode? Known(JsonNode? stored, JsonTypeInfo type)
    {
        var value = stored.Deserialize(type);
        return JsonSerializer.SerializeToNode(value, type);
    }

    private static JsonPropertyInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase));

    private static JsonTypeInfo TypeOf(JsonTypeInfo parent, Type type) => parent.Options.GetTypeInfo(type);
}
