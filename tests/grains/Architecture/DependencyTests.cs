using System.Text.RegularExpressions;
using System.Xml.Linq;
using JamEmr.Access;

namespace JamEmr.Tests.Grains.Architecture;

/// <summary>DESIGN.md, The shape: dependencies point downwards only.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["grain-interfaces"] = [],
        ["ledger"] = [],
        ["witness"] = ["ledger"],
        ["onnxruntime"] = [],
        ["scribe"] = ["onnxruntime"],
        ["grains"] = ["grain-interfaces", "ledger", "scribe"],
        ["service"] = [],
        ["engine/surface"] = [],
        ["engine/embedded"] = ["engine/surface"],
    };

    [Theory]
    [InlineData("grain-interfaces")]
    [InlineData("ledger")]
    [InlineData("witness")]
    [InlineData("onnxruntime")]
    [InlineData("scribe")]
    [InlineData("grains")]
    [InlineData("service")]
    [InlineData("engine/surface")]
    [InlineData("engine/embedded")]
    public void Given_a_project_When_its_references_are_read_Then_they_point_downwards(string project)
    {
        var folder = Path.Combine(Source.Root, project);
        var file = Assert.Single(Directory.GetFiles(folder, "*.csproj"));
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetRelativePath(Source.Root, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value)))!))
            .ToList();
        Assert.Subset(new HashSet<string>(Allowed[project], StringComparer.Ordinal), new HashSet<string>(references, StringComparer.Ordinal));
    }

    [Fact]
    public void Given_the_api_When_its_sources_are_read_Then_only_the_composition_knows_the_grains()
    {
        // The demonstration counts refusals; nothing could use the extension class of that name by its name.
        var names = typeof(PolicyTable).Assembly.GetExportedTypes().Select(type => type.Name.Split('`')[0]).Except(["Refusals"], StringComparer.Ordinal);
        var any = new Regex($@"\b(?:{string.Join('|', names)})\b", RegexOptions.None, TimeSpan.FromSeconds(10));
        foreach (var (path, text) in Source.Files("api").Where(file => !file.Path.StartsWith("api/Composition/", StringComparison.Ordinal)))
        {
            var found = any.Match(Source.CodeOf(text));
            Assert.False(found.Success, $"{path} names {found.Value}, which belongs to grains.");
        }
    }

    [Fact]
    public void Given_grain_code_and_endpoints_When_read_Then_nothing_says_which_engine_runs_them()
    {
        var told = new Regex(@"\busing\s+Orleans\b|\bOrleans\.|\bJamEmr\.Engine\b|^\s*#if\b", RegexOptions.Multiline, TimeSpan.FromSeconds(10));
        foreach (var (path, text) in Source.Files("grains", "grain-interfaces", "api/Endpoints"))
        {
            var found = told.Match(Source.CodeOf(text));
            Assert.False(found.Success, $"{path} says '{found.Value.Trim()}'.");
        }
    }

    [Fact]
    public void Given_the_sources_of_grains_When_counted_Then_files_stay_short()
    {
        foreach (var (path, text) in Source.Files("grains", "grain-interfaces")) Assert.True(text.Count(c => c == '\n') <= 300, $"{path} is long.");
    }

    [Fact]
    public void Given_all_log_messages_When_their_numbers_are_read_Then_none_is_used_twice()
    {
        var number = new Regex(@"\[LoggerMessage\((\d+),", RegexOptions.None, TimeSpan.FromSeconds(10));
        var uses = Source.Files("grains").SelectMany(file => number.Matches(file.Text).Select(match => match.Groups[1].Value)).ToList();
        Assert.NotEmpty(uses);
        Assert.Empty(uses.GroupBy(n => n, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(uses, use => Assert.InRange(int.Parse(use, System.Globalization.CultureInfo.InvariantCulture), 2000, 3999));
    }
}
