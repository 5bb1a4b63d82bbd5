using System.Text.RegularExpressions;

namespace JamEmr.Tests.Grains.Architecture;

/// <summary>The source tree this was built from.</summary>
internal static partial class Source
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Source files of a folder, generated ones left out, by path from the root.</summary>
    public static IEnumerable<(string Path, string Text)> Files(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(file => (Path.GetRelativePath(Root, file).Replace('\\', '/'), File.ReadAllText(file)));

    /// <summary>Code without comments and strings.</summary>
    public static string CodeOf(string text) => NotCode().Replace(text, " ");

    [GeneratedRegex(""""(?s)"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/"""", RegexOptions.None, 10_000)]
    private static partial Regex NotCode();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "JamEmr.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The solution is not above the tests.");
    }
}
