using System.Text.RegularExpressions;
using System.Xml.Linq;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Cluster.Deployment;

/// <summary>What images are made of, and what their builder is given.</summary>
public sealed partial class ImageTests
{
    private static readonly string[] Ignored = File.ReadAllLines(Path.Combine(Checkout.Root, ".dockerignore"));

    [Theory]
    [InlineData("docker/Dockerfile", "silo")]
    [InlineData("docker/Dockerfile", "silo-gpu")]
    [InlineData("docker/Dockerfile", "api")]
    [InlineData("docker/Dockerfile", "cli")]
    [InlineData("docker/postgres.Dockerfile", "postgres")]
    public void Given_a_target_When_built_Then_it_runs_as_nobody_in_particular_and_holds_no_build_tools(string file, string target)
    {
        var stages = Stages(file);
        var lines = new List<string>();
        for (var at = stages[target]; ; at = stages[at.From])
        {
            // The last word on who it runs as is the nearest.
            lines.InsertRange(0, at.Lines);
            Assert.DoesNotContain("/sdk:", at.From, StringComparison.Ordinal);
            if (!stages.ContainsKey(at.From)) break;
        }

        Assert.Equal("USER 10001:10001", lines.Last(line => line.StartsWith("USER ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Given_every_service_When_its_image_is_looked_for_Then_there_is_such_a_target()
    {
        foreach (var (_, service) in ComposeFile.Read().Services)
        {
            var file = ComposeFile.Text(service, "build", "context") == "docker" ? Path.Combine("docker", ComposeFile.Text(service, "build", "dockerfile")!) : ComposeFile.Text(service, "build", "dockerfile")!;
            Assert.Contains(ComposeFile.Text(service, "build", "target")!, Stages(file).Keys);
        }
    }

    [Theory]
    [InlineData("docker/Dockerfile")]
    [InlineData("docker/postgres.Dockerfile")]
    public void Given_an_image_When_its_file_is_read_Then_nothing_in_it_is_a_secret_or_comes_from_an_address(string file)
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, file));
        Assert.DoesNotMatch(@"(?m)^ADD |https?://|(?i)^(ARG|ENV) .*(password|secret|key)", text);
        // What runs comes from the build stage, not from whatever lies in the folder.
        Assert.All(Copies().Matches(text).Select(match => match.Value), copy => Assert.True(copy.Contains("--from=", StringComparison.Ordinal) || copy == "COPY . .", copy));
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("api")]
    [InlineData("cli")]
    public void Given_a_program_When_built_in_an_image_Then_the_builder_is_given_every_project_it_needs(string program)
    {
        var allowed = Ignored.Where(line => line.StartsWith('!')).Select(line => line[1..]).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Visit(Assert.Single(Directory.GetFiles(Path.Combine(Checkout.Root, program), "*.csproj")));
        Assert.All(seen, folder => Assert.Contains(folder.Split('/')[0], allowed));

        void Visit(string project)
        {
            var folder = Path.GetDirectoryName(project)!;
            if (!seen.Add(Path.GetRelativePath(Checkout.Root, folder).Replace('\\', '/'))) return;
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
                Visit(Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value.Replace("$(MSBuildThisFileDirectory)", Checkout.Root + "/", StringComparison.Ordinal))));
        }
    }

    [Fact]
    public void Given_the_builder_When_given_the_folder_Then_it_gets_sources_only()
    {
        Assert.Equal("*", Ignored.First(line => line.Length > 0 && !line.StartsWith('#')));
        Assert.DoesNotContain(Ignored, line => line is "!secrets" or "!." or "!*" || line.StartsWith("!jamemr-data", StringComparison.Ordinal));
        Assert.All((string[])["**/bin", "**/obj", "**/*.key", "**/*.crt"], line => Assert.Contains(line, Ignored));
        Assert.Contains("/secrets/", File.ReadAllLines(Path.Combine(Checkout.Root, ".gitignore")));
    }

    private static Dictionary<string, (string From, IReadOnlyList<string> Lines)> Stages(string file)
    {
        var stages = new Dictionary<string, (string From, IReadOnlyList<string> Lines)>(StringComparer.Ordinal);
        foreach (var stage in From().Split(File.ReadAllText(Path.Combine(Checkout.Root, file))).Skip(1))
        {
            var lines = stage.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var (from, name) = lines[0].Split(" AS ") is [var left, var right] ? (left, right) : throw new InvalidDataException($"{file}: a stage without a name: {lines[0]}");
            stages.Add(name, (from, lines[1..]));
        }

        return stages;
    }

    [GeneratedRegex("(?m)^FROM ", RegexOptions.None, 1000)]
    private static partial Regex From();

    [GeneratedRegex("(?m)^COPY .*$", RegexOptions.None, 1000)]
    private static partial Regex Copies();
}
