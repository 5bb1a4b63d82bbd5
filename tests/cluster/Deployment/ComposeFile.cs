using JamEmr.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace JamEmr.Tests.Cluster.Deployment;

/// <summary><c>docker-compose.yml</c>, with what its services have in common merged into each.</summary>
internal sealed class ComposeFile
{
    private const string Merge = "<<";
    private readonly YamlMappingNode _root;

    private ComposeFile(YamlMappingNode root) => _root = root;

    /// <summary>Every service, by name.</summary>
    public IReadOnlyDictionary<string, YamlMappingNode> Services => Map("services").ToDictionary(entry => entry.Key, entry => (YamlMappingNode)entry.Value, StringComparer.Ordinal);

    /// <summary>The file that ships.</summary>
    public static ComposeFile Read() => Parse(File.ReadAllText(Path.Combine(Checkout.Root, "docker-compose.yml")));

    /// <summary>A file given as text.</summary>
    public static ComposeFile Parse(string text)
    {
        // Anchors are followed, and a mapping that says the same key twice is refused.
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return new ComposeFile((YamlMappingNode)stream.Documents[0].RootNode);
    }

    /// <summary>A section's entries.</summary>
    public IEnumerable<(string Key, YamlNode Value)> Map(string section) => Entries(_root.Children[new YamlScalarNode(section)]);

    /// <summary>What a mapping says under a key; null when nothing.</summary>
    public static YamlNode? Get(YamlNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (node is not YamlMappingNode map) return null;
            node = Value(map, key);
        }

        return node;
    }

    /// <summary>A text under a key; null when there is none.</summary>
    public static string? Text(YamlNode? node, params ReadOnlySpan<string> path) => (Get(node, path) as YamlScalarNode)?.Value;

    /// <summary>A list of texts under a key; empty when there is none.</summary>
    public static IReadOnlyList<string> Texts(YamlNode? node, params ReadOnlySpan<string> path) =>
        Get(node, path) is YamlSequenceNode list ? [.. list.Select(item => ((YamlScalarNode)item).Value!)] : [];

    /// <summary>A mapping's entries, those it merges in among them.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Entries(YamlNode? node) =>
        node is YamlMappingNode map ? Keys(map).Distinct(StringComparer.Ordinal).Select(key => (key, Value(map, key)!)) : [];

    /// <summary>Which secrets a service is given: the secret, and the name of its file in <c>/run/secrets</c>.</summary>
    public static IEnumerable<(string Source, string Target)> SecretsOf(YamlMappingNode service) =>
        Get(service, "secrets") is YamlSequenceNode list
            ? list.Select(item => item is YamlScalarNode { Value: { } name } ? (name, name) : (Text(item, "source")!, Text(item, "target")!))
            : [];

    // YAML's merge key: what a mapping does not say itself, the one that it merges in says.
    private static YamlNode? Value(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var own) ? own
        : map.Children.TryGetValue(new YamlScalarNode(Merge), out var merged) ? Value((YamlMappingNode)merged, key)
        : null;

    private static IEnumerable<string> Keys(YamlMappingNode map)
    {
        foreach (var (key, value) in map.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (name != Merge) yield return name;
            else foreach (var merged in Keys((YamlMappingNode)value)) yield return merged;
        }
    }
}
