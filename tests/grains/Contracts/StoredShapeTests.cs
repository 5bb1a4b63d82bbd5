using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using JamEmr.Common;
using JamEmr.Tests.Grains.Architecture;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>
/// A release reads what the releases before it stored, and what the next one stores while a cluster is upgraded (docs/adr/0022). The list
/// <c>grains/states.txt</c> holds what states consist of; <c>tests/grains/Contracts/golden-states.ndjson</c> one of each as it was stored when it came
/// in, whose lines are never changed or removed.
/// </summary>
public sealed class StoredShapeTests
{
    private const string Path = "grains/states.txt";
    private const string Samples = "tests/grains/Contracts/golden-states.ndjson";
    private const string Never = "it lies in databases, and the release before still reads it. Bring it back; give what you need instead a name of its own.";
    private const string Append =
        "an added member must be fit for use when it is missing; an added value of an enum is understood one release before anything stores it.";

    private static readonly Lazy<ImmutableArray<string>> Golden = new(static () => [.. File.ReadAllLines(System.IO.Path.Combine(Source.Root, Samples))]);

    [Fact]
    public void Given_the_checked_in_shapes_When_compared_with_the_code_Then_nothing_is_gone_and_nothing_is_missing()
    {
        if (FrozenList.Read(Path).Compare(StoredShapes.Blocks(), Never, Append, FrozenList.Release, FrozenList.BesideTests("states.txt")) is { } difference)
            Assert.Fail(difference);
    }

    [Fact]
    public void Given_members_of_later_releases_When_a_state_without_them_is_read_Then_they_are_fit_for_use()
    {
        var later = FrozenList.Read(Path).Later.Select(fact => (fact.Heading, fact.Fact)).ToHashSet();
        foreach (var type in StoredShapes.Reachable().Where(type => !type.IsEnum))
        {
            foreach (var property in StoredShapes.Info(type).Properties.Where(p => later.Contains((StoredShapes.HeadingOf(type), StoredShapes.FactOf(p)))))
                Assert.True(IsFit(property), $"{type.Name}.{property.Name} must have a value when what an earlier release stored is read: nullable, or with a default that can be used.");
        }
    }

    [Fact]
    public void Given_every_state_When_one_is_stored_with_all_its_members_Then_its_bytes_are_among_the_golden_ones()
    {
        var known = Golden.Value.ToHashSet(StringComparer.Ordinal);
        var missing = StoredShapes.States.Select(state => Line(state.Name, state.State, StoredShapes.Sample(StoredShapes.StoredType(state.State)))).Where(line => !known.Contains(line)).ToList();
        if (missing.Count > 0)
            Assert.Fail($"States are not stored as {Samples} has them. If members are new, add these lines to its end:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void Given_every_golden_state_When_read_and_stored_again_Then_all_it_said_is_there()
    {
        var types = StoredShapes.States.ToDictionary(state => state.Name, state => state.State, StringComparer.Ordinal);
        foreach (var line in Golden.Value)
        {
            var golden = JsonNode.Parse(line)!;
            var name = golden["state"]!.GetValue<string>();
            Assert.True(types.TryGetValue(name, out var type), $"No grain keeps the state {name} any more: what is stored under it would be lost.");
            var again = JsonNode.Parse(Line(name, type, golden["stored"]!))!;
            Assert.Null(Missing(golden["stored"], again["stored"], name));
        }
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", null)]
    [InlineData("""{"a":1,"b":{"c":[1,{"d":2}]}}""", """{"a":1,"b":{"c":[1,{"e":2}]}}""", "x/b/c/1/d")]
    [InlineData("""{"a":1}""", """{"a":2}""", "x/a")]
    public void Given_two_stored_forms_When_one_lacks_something_Then_it_is_found(string golden, string again, string? missing) =>
        Assert.Equal(missing, Missing(JsonNode.Parse(golden), JsonNode.Parse(again), "x"));

    private static string Line(string name, Type state, JsonNode stored)
    {
        var type = StoredShapes.Info(StoredShapes.StoredType(state));
        return new JsonObject { ["state"] = name, ["stored"] = JsonSerializer.SerializeToNode(stored.Deserialize(type), type) }.ToJsonString(GrainJson.Options);
    }

    private static string? Missing(JsonNode? golden, JsonNode? again, string path) => (golden, again) switch
    {
        (JsonObject from, JsonObject to) => from.Select(member => Missing(member.Value, to[member.Key], $"{path}/{member.Key}")).FirstOrDefault(found => found is not null),
        (JsonArray from, JsonArray to) when from.Count == to.Count => from.Select((item, i) => Missing(item, to[i], $"{path}/{i}")).FirstOrDefault(found => found is not null),
        _ => JsonNode.DeepEquals(golden, again) ? null : path,
    };

    // What has no parameter of a constructor keeps what its initialiser gave it.
    private static bool IsFit(JsonPropertyInfo property) =>
        !property.IsRequired && property.AssociatedParameter is null or { HasDefaultValue: true, DefaultValue: not null } or { HasDefaultValue: true, IsNullable: true };
}
