using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using JamEmr.Access;
using JamEmr.Tests.Grains.Architecture;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>A block of a frozen list: a heading and the facts that stand under it.</summary>
internal sealed record FrozenBlock(string Heading, ImmutableArray<string> Facts);

/// <summary>
/// A checked-in list of what processes of different releases, or a release and what an earlier one stored, must agree on. It only ever grows:
/// a fact that came after the first release says since which. Blocks begin at the line's start, their facts are indented.
/// </summary>
internal sealed class FrozenList
{
    private const string Since = " since ";
    private const string First = "first release ";
    private readonly string _path;
    private readonly ImmutableArray<string> _introduction;
    private readonly string _first;
    private readonly Dictionary<string, SortedDictionary<string, string>> _blocks = new(StringComparer.Ordinal);

    private FrozenList(string path, string text)
    {
        _path = path;
        var lines = text.Split('\n');
        _introduction = [.. lines.TakeWhile(line => line.StartsWith('#'))];
        _first = lines.FirstOrDefault(line => line.StartsWith(First, StringComparison.Ordinal))?[First.Length..]
            ?? throw new InvalidDataException($"{path} does not say '{First.TrimEnd()}'.");
        SortedDictionary<string, string>? block = null;
        foreach (var line in lines.Skip(_introduction.Length).Where(line => line.Length > 0 && !line.StartsWith(First, StringComparison.Ordinal)))
        {
            var (fact, since) = Split(line.Trim());
            if (line[0] == ' ') (block ?? throw new InvalidDataException($"{path} has a fact before any block: {line}")).Add(fact, since);
            else _blocks.Add(fact, block = new SortedDictionary<string, string>(StringComparer.Ordinal) { [""] = since });
        }
    }

    /// <summary>What came after the first release: heading (with an empty fact where the block itself is new), fact, release.</summary>
    public IEnumerable<(string Heading, string Fact, string Release)> Later =>
        from block in _blocks
        from fact in block.Value
        where fact.Value.Length > 0
        select (block.Key, fact.Key, fact.Value);

    /// <summary>The list at a path from the root of the sources.</summary>
    public static FrozenList Read(string path) => new(path, File.ReadAllText(Path.Combine(Source.Root, path)));

    /// <summary>A list given as text, to look at the rules themselves.</summary>
    public static FrozenList Parse(string text) => new("list.txt", text);

    /// <summary>What differs from the code, as a person needs to be told; null when nothing does.</summary>
    /// <param name="code">What the code says.</param>
    /// <param name="never">Why nothing may be taken back.</param>
    /// <param name="append">What is to be thought of with something new.</param>
    /// <param name="release">The release that is being made.</param>
    /// <param name="save">Takes the list with everything new in it, and answers where it can be found.</param>
    public string? Compare(IEnumerable<FrozenBlock> code, string never, string append, string release, Func<string, string> save)
    {
        var actual = code.ToDictionary(block => block.Heading, StringComparer.Ordinal);
        var gone = new List<string>();
        foreach (var (heading, facts) in _blocks)
        {
            if (!actual.TryGetValue(heading, out var block)) gone.Add(heading);
            else gone.AddRange(facts.Keys.Where(fact => fact.Length > 0 && !block.Facts.Contains(fact)).Select(fact => $"{heading}: {fact}"));
        }

        var added = actual.Values
            .SelectMany(block => block.Facts.Prepend("").Where(fact => !Has(block.Heading, fact)).Select(fact => fact.Length == 0 ? block.Heading : $"{block.Heading}: {fact}"))
            .ToList();
        if (gone.Count == 0 && added.Count == 0) return null;
        var message = new StringBuilder($"The code is not what {_path} holds (docs/adr/0022).\n");
        if (gone.Count > 0) message.Append($"\nGone or changed, which is never allowed: {never}\n  {string.Join("\n  ", gone.Order(StringComparer.Ordinal))}\n");
        if (added.Count > 0)
        {
            message.Append($"\nNew: {append}\n  {string.Join("\n  ", added.Order(StringComparer.Ordinal))}\n");
            if (gone.Count == 0) message.Append($"The list with these lines in it is {save(With(actual.Values, release))}: copy it over {_path} and commit both.\n");
        }

        return message.ToString();
    }

    /// <summary>The release that the sources make.</summary>
    public static string Release { get; } =
        typeof(Caller).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Writes a proposed list beside the tests, and answers where.</summary>
    public static Func<string, string> BesideTests(string name) => text =>
    {
        var path = Path.Combine(AppContext.BaseDirectory, name);
        File.WriteAllText(path, text);
        return path;
    };

    private bool Has(string heading, string fact) => _blocks.TryGetValue(heading, out var facts) && facts.ContainsKey(fact);

    private string With(IEnumerable<FrozenBlock> code, string release)
    {
        var text = new StringBuilder();
        foreach (var line in _introduction) text.Append(line).Append('\n');
        text.Append(First).Append(_first).Append('\n');
        foreach (var block in code.OrderBy(block => block.Heading, StringComparer.Ordinal))
        {
            text.Append('\n').Append(Line(block.Heading, "")).Append('\n');
            foreach (var fact in block.Facts) text.Append("  ").Append(Line(block.Heading, fact)).Append('\n');
        }

        return text.ToString();

        string Line(string heading, string fact)
        {
            var since = Has(heading, fact) ? _blocks[heading][fact] : release == _first ? "" : release;
            return (fact.Length == 0 ? heading : fact) + (since.Length == 0 ? "" : Since + since);
        }
    }

    private static (string Fact, string Since) Split(string line) =>
        line.LastIndexOf(Since, StringComparison.Ordinal) is var at and > 0 ? (line[..at], line[(at + Since.Length)..]) : (line, "");
}
